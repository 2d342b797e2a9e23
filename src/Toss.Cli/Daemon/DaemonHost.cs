using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Daemon;

/// <summary>
/// The composition root: the one place that knows which store, network, clipboard and key store stand behind the
/// agent's ports. <see cref="DaemonRun"/> has made the folders and holds the instance lock when this is called.
/// </summary>
internal static class DaemonHost
{
    public static Task<RunningAgent> ComposeAsync(
        TossFolders folders,
        DaemonOptions options,
        ILoggerFactory logs,
        CancellationToken cancellation
    ) => throw new ControlException(ControlErrors.Internal, "this build has no agent");
}
