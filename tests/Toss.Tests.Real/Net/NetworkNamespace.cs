using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Toss.Testing.Platform;

namespace Toss.Tests.Real.Net;

/// <summary>
/// A network of its own (needs root), with loopback alone: its MTU, its queue and its routes may be anything. It ends with
/// the sockets made in it.
/// </summary>
internal static class NetworkNamespace
{
    private const int NewNetwork = 0x4000_0000; // CLONE_NEWNET

    /// <summary>Runs the test on a thread inside. What it starts, threads and programs, is inside too.</summary>
    /// <param name="mtu">Of loopback.</param>
    /// <param name="test">What to do there.</param>
    public static void Run(int mtu, Action test)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                // Of this thread only, which nobody uses afterwards.
                if (Unshare(NewNetwork) != 0)
                {
                    throw new InvalidOperationException($"unshare: error {Marshal.GetLastPInvokeError()}");
                }
                Program("ip", $"link set lo mtu {mtu} up");
                test();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        if (!thread.Join(2 * Watchdog.Patience))
        {
            throw new TimeoutException("Waited 120 s for a test in a network of its own.");
        }
        failure?.Throw();
    }

    /// <summary>Runs a program inside.</summary>
    public static void Program(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        if (!process.WaitForExit(Watchdog.Patience) || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {arguments} failed: {error}");
        }
    }

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static extern int Unshare(int flags);
}
