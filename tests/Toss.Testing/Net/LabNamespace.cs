using System.Runtime.ExceptionServices;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Testing.Net;

/// <summary>
/// A network namespace of this test: a machine with nothing but loopback, until links are added. Gone when disposed; what
/// runs inside is ended by whoever started it. Needs root.
/// </summary>
public sealed class LabNamespace : IDisposable
{
    internal LabNamespace(string name) => Name = name;

    /// <summary>As `ip netns` knows it.</summary>
    public string Name { get; }

    /// <summary>What goes before a command that is to run inside.</summary>
    public IReadOnlyList<string> Entering => ["ip", "netns", "exec", Name];

    /// <summary>A program in this namespace. Its pid is the one that is ended: `ip netns exec` becomes the program.</summary>
    public RunningProgram Start(string program, params IReadOnlyList<string> arguments) =>
        RunningProgram.Start(Entering[0], [.. Entering.Skip(1), program, .. arguments]);

    /// <summary>Runs a program to its end and returns its standard output.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public string Run(string program, params IReadOnlyList<string> arguments) =>
        RunningProgram.Run(Entering[0], [.. Entering.Skip(1), program, .. arguments]);

    /// <summary>
    /// On a thread of its own that is inside: the sockets it opens stay inside. Short and synchronous only, since a thread
    /// of the pool that is born there would stay there as well; which is also why this blocks.
    /// </summary>
    public T Inside<T>(Func<T> act)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var space = File.OpenHandle($"/run/netns/{Name}");
                var descriptor = (int)space.DangerousGetHandle();
                LinuxCalls.Checked(LinuxCalls.SetNamespace(descriptor, LinuxCalls.CloneNewNet), $"setns {Name}");
                result = act();
            }
            catch (Exception caught)
            {
                failure = ExceptionDispatchInfo.Capture(caught);
            }
        });
        thread.Start();
        if (!thread.Join(2 * Watchdog.Patience))
        {
            throw new TimeoutException($"Waited {2 * Watchdog.Patience} for what runs inside {Name}.");
        }
        failure?.Throw();
        return result;
    }

    public void Dispose() => Namespaces.Remove(this);
}
