using Toss.Control;

namespace Toss.Cli.Daemon;

/// <summary>Starts an agent and waits until it answers, or says why it does not.</summary>
internal static class AgentStart
{
    /// <summary>A slow disk, a locked key store asking its user; later than this something is wrong.</summary>
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks at the socket; the daemon is ready in a few of these.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    public static async Task<StatusReport?> TryGetStatusAsync(IControl control, CancellationToken cancellation)
    {
        try
        {
            return await control.GetStatusAsync(cancellation);
        }
        catch (ControlException failure) when (failure.Code == ControlErrors.NoDaemon)
        {
            return null;
        }
    }

    public static async Task<StatusReport> StartAsync(
        IControl control,
        IDaemonLauncher launcher,
        DaemonOptions options,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var ended = launcher.Start(options);
        var begin = time.GetTimestamp();
        while (time.GetElapsedTime(begin) < ReadyTimeout)
        {
            if (await TryGetStatusAsync(control, cancellation) is { } status)
            {
                return status;
            }
            // Busy: another `toss up` was faster; its agent will answer. Everything else is the reason.
            if (ended.IsCompleted && launcher.ReadStartupError() is not { Code: ControlErrors.Busy })
            {
                throw launcher.ReadStartupError()?.ToException()
                    ?? new ControlException(
                        ControlErrors.Internal,
                        "the agent ended before it was ready",
                        "run `toss logs`; the file crash.log beside it may say more"
                    );
            }
            await Task.Delay(LookInterval, time, cancellation);
        }
        throw launcher.ReadStartupError()?.ToException()
            ?? new ControlException(
                ControlErrors.Internal,
                $"the agent was not ready after {ReadyTimeout.TotalSeconds:0} seconds",
                "run `toss logs`"
            );
    }
}
