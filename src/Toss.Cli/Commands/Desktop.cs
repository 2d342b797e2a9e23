using System.ComponentModel;
using System.Diagnostics;
using Toss.Cli.Daemon;

namespace Toss.Cli.Commands;

/// <summary>The desktop's ways to show a page of ours.</summary>
internal static class Desktop
{
    /// <summary>What cannot open it says so at once; what is still there then is the browser itself, perhaps.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Those that show a page in a window of its own, as Linux calls them.</summary>
    private static readonly string[] withAppWindows =
    [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "microsoft-edge",
        "brave-browser",
        "vivaldi",
    ];

    /// <summary>In a window of its own where a browser here can do that, else in whatever the desktop opens such a file with.</summary>
    public static bool Open(string file)
    {
        if (OperatingSystem.IsWindows())
        {
            return Succeeds(() =>
            {
                using var shown = Process.Start(new ProcessStartInfo(file) { UseShellExecute = true });
                return true;
            });
        }
        if (OperatingSystem.IsMacOS())
        {
            return Succeeds(() => Opens("open", file));
        }
        var address = new Uri(file).AbsoluteUri;
        return Installed(withAppWindows).Any(browser => Succeeds(() => Opens(browser, $"--app={address}")))
            || Succeeds(() => Opens("xdg-open", file));
    }

    /// <summary>It outlives this command and its terminal, to which it does not write.</summary>
    private static bool Opens(params string[] command)
    {
        using var opener = DetachedProcess.Start(command, "/dev/null", new Dictionary<string, string?>());
        return !opener.WaitForExit(Patience) || opener.ExitCode == 0;
    }

    private static bool Succeeds(Func<bool> open)
    {
        try
        {
            return open();
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static IEnumerable<string> Installed(IEnumerable<string> programs)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries
        );
        return programs.Where(program => folders.Any(folder => File.Exists(Path.Combine(folder, program))));
    }
}
