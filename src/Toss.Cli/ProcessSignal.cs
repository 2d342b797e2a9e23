using System.Diagnostics;
using System.Globalization;

namespace Toss.Cli;

/// <summary>Asks a process that this one started to end.</summary>
internal static class ProcessSignal
{
    /// <summary>SIGTERM, by the shell's own `kill`: .NET can only kill. Where there is no shell, it is killed.</summary>
    public static void Terminate(Process process)
    {
        if (process.HasExited)
        {
            return;
        }
        if (OperatingSystem.IsWindows())
        {
            process.Kill();
            return;
        }
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("kill -TERM \"$1\" 2>/dev/null");
        start.ArgumentList.Add("toss");
        start.ArgumentList.Add(process.Id.ToString(CultureInfo.InvariantCulture));
        using var kill = Process.Start(start)!;
        kill.WaitForExit();
    }
}
