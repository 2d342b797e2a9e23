using Toss.Platform.Hosting;

namespace Toss.Cli.Daemon;

/// <summary>The daemon's own files, all in folders that only their owner can enter.</summary>
internal static class DaemonFiles
{
    public static string Log(TossFolders folders) => Path.Combine(folders.State, "toss.log");

    /// <summary>What the runtime itself writes when a process breaks; replaced at each start.</summary>
    public static string Crash(TossFolders folders) => Path.Combine(folders.State, "crash.log");

    /// <summary>Why the last start failed, for `toss up` to print.</summary>
    public static string StartupError(TossFolders folders) => Path.Combine(folders.State, "startup-error.json");
}
