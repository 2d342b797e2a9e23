using System.Diagnostics;
using Toss.Control;
using Toss.Platform;
using Toss.Platform.Hosting;

namespace Toss.Cli.Daemon;

/// <summary>Starts `toss daemon` in the background and reads why it failed.</summary>
/// <param name="environment">Changes to the daemon's environment; null removes a variable.</param>
/// <param name="started">Is told the process, so that who must end it can.</param>
internal sealed class DaemonLauncher(
    TossFolders folders,
    IReadOnlyDictionary<string, string?> environment,
    Action<Process> started
) : IDaemonLauncher
{
    public DaemonLauncher(TossFolders folders)
        : this(folders, new Dictionary<string, string?>(), _ => { }) { }

    public Task Start(DaemonOptions options)
    {
        folders.Create();
        // Where nothing can be written, the daemon could not even leave its reason.
        DiskProblem.Probe(folders.State);
        StartupError.Clear(DaemonFiles.StartupError(folders));
        var variables = new Dictionary<string, string?>(environment);
        if (Environment.GetEnvironmentVariable("TOSS_HOME") is { Length: > 0 })
        {
            // The daemon's current folder is the root: a relative home would be another one there.
            variables.TryAdd("TOSS_HOME", folders.Instance);
        }
        List<string> command = [.. OwnProgram.Command, "daemon"];
        if (options.Headless)
        {
            command.Add("--headless");
        }
        var process = DetachedProcess.Start(command, DaemonFiles.Crash(folders), variables);
        started(process);
        return process.WaitForExitAsync();
    }

    public ControlError? ReadStartupError()
    {
        if (StartupError.Read(DaemonFiles.StartupError(folders)) is { } error)
        {
            return error;
        }
        try
        {
            // The disk that ended the daemon may have had no room for its reason.
            DiskProblem.Probe(folders.State);
            return null;
        }
        catch (PlatformException failure)
        {
            return StartupError.Describe(failure);
        }
    }
}
