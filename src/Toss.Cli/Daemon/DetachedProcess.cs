using System.Diagnostics;
using Toss.Platform.Hosting.Windows;

namespace Toss.Cli.Daemon;

/// <summary>Starts a process that outlives this one and its terminal: a session of its own, no terminal, output to a file.</summary>
internal static class DetachedProcess
{
    // $1 is the output file, the rest the command. exec keeps the process id, so the Process below is the command itself.
    // setsid is util-linux's; where it is missing (macOS), ignoring the hang-up does the same for a process without a tty.
    private const string Script =
        "umask 077; out=$1; shift; cd / || exit 1; "
        + "if command -v setsid >/dev/null 2>&1; then exec setsid \"$@\" </dev/null >\"$out\" 2>&1; fi; "
        + "trap '' HUP; exec \"$@\" </dev/null >\"$out\" 2>&1";

    /// <param name="environment">Changes to this process's environment; null removes a variable.</param>
    public static Process Start(
        IReadOnlyList<string> command,
        string output,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsBackground.Start(command, output, environment);
        }
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "toss", output, .. command])
        {
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }
}
