using System.ComponentModel;
using System.Diagnostics;
using Toss.Cli.Daemon;

namespace Toss.Cli.Commands;

/// <summary>The desktop's way to open a file with whatever is for it.</summary>
internal static class Desktop
{
    /// <summary>What cannot open it says so at once; what is still there then is the browser itself, perhaps.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static bool Open(string file)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                using var shown = Process.Start(new ProcessStartInfo(file) { UseShellExecute = true });
                return true;
            }
            // It outlives this command and its terminal, to which it does not write.
            string[] command = [OperatingSystem.IsMacOS() ? "open" : "xdg-open", file];
            using var opener = DetachedProcess.Start(command, "/dev/null", new Dictionary<string, string?>());
            return !opener.WaitForExit(Patience) || opener.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
