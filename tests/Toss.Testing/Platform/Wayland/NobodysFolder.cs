using System.Diagnostics;

namespace Toss.Testing.Platform.Wayland;

/// <summary>
/// Compositors refuse to run as root: they run as nobody then, in folders that are nobody's. A test that is not root runs
/// them as it is.
/// </summary>
internal static class NobodysFolder
{
    private const string Nobody = "65534";

    private static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>What a command begins with, to be run as nobody.</summary>
    public static string[] Becoming =>
        IsRoot ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"] : [];

    /// <summary>Lets others pass through a folder of the test's.</summary>
    public static void Open(string folder) =>
        File.SetUnixFileMode(
            folder,
            File.GetUnixFileMode(folder)
                | UnixFileMode.GroupExecute
                | UnixFileMode.OtherExecute
                | UnixFileMode.GroupRead
                | UnixFileMode.OtherRead
        );

    /// <summary>Mode 0700, as a runtime folder has to be.</summary>
    public static async Task CreateAsync(string folder)
    {
        string[] owner = IsRoot ? ["-o", Nobody, "-g", Nobody] : [];
        using var install = Process.Start("install", ["-d", "-m", "700", .. owner, folder]);
        await Watchdog.Within(install.WaitForExitAsync(), "a folder to be made");
        Xunit.Assert.Equal(0, install.ExitCode);
    }

    public static ProcessStartInfo Run(params string[] command)
    {
        string[] whole = [.. Becoming, .. command];
        return new(whole[0], whole[1..]);
    }
}
