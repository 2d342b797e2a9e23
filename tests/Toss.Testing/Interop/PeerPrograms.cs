using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Testing.Interop;

/// <summary>What starting a peer that is not ours takes, whichever it is.</summary>
internal static class PeerPrograms
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>A UDP port of loopback that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <param name="space">Null for the namespace of the test.</param>
    public static RunningProgram Start(
        LabNamespace? space,
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment
    ) =>
        space is null
            ? RunningProgram.Start(program, arguments, environment)
            : RunningProgram.Start(space.Entering[0], [.. space.Entering.Skip(1), program, .. arguments], environment);

    /// <summary>A program that does not say when it is ready: the kernel's table of sockets of its namespace does.</summary>
    public static async Task BoundAsync(RunningProgram program, int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4} ");
        var end = DateTime.UtcNow + Watchdog.Patience;
        while (!program.HasExited && DateTime.UtcNow < end)
        {
            foreach (var table in new[] { "udp", "udp6" })
            {
                if (IsListed($"/proc/{program.Pid}/net/{table}", suffix))
                {
                    return;
                }
            }
            await Task.Delay(Look);
        }
        throw new TimeoutException($"Waited for a socket at port {port}: {program.Tail()}");
    }

    private static bool IsListed(string table, string suffix)
    {
        try
        {
            return File.ReadLines(table).Any(line => line.Contains(suffix, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // It ended: whoever asked sees that.
            return false;
        }
    }
}
