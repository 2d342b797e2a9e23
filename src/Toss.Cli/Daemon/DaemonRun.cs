using System.Globalization;
using Toss.Cli.Daemon.Screens;
using Toss.Control;
using Toss.Crypto;
using Toss.Platform.Hosting;

namespace Toss.Cli.Daemon;

/// <summary>
/// The life of `toss daemon`: folders, lock, log, agent, control socket; then until somebody asks it to stop; then the
/// same backwards.
/// </summary>
internal sealed partial class DaemonRun(TossFolders folders, DaemonOptions options, DaemonRun.Compose compose)
{
    public delegate Task<RunningAgent> Compose(
        TossFolders folders,
        DaemonOptions options,
        ILoggerFactory logs,
        CancellationToken cancellation
    );

    /// <summary>Runs until it is stopped: by the API, by <paramref name="stop"/> (SIGTERM), or by the agent's end.</summary>
    /// <exception cref="ControlException">It could not start; the reason also lies in the startup error file.</exception>
    public async Task RunAsync(TimeProvider time, CancellationToken stop)
    {
        var errorFile = DaemonFiles.StartupError(folders);
        try
        {
            folders.Create();
            StartupError.Clear(errorFile);
            using var held = TakeLock();
            using var log = new RollingLog(DaemonFiles.Log(folders), time);
            using var logs = LoggerFactory.Create(logging =>
                logging
                    .AddProvider(log)
                    .SetMinimumLevel(LogLevel.Information)
                    // The web server's own words may quote a request; errors have no request in them.
                    .AddFilter("Microsoft", LogLevel.Error)
            );
            await RunLockedAsync(time, logs, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before it was ready.
        }
        catch (Exception failure) when (failure is not AgentEndedException)
        {
            var error = StartupError.Describe(failure);
            StartupError.Write(errorFile, error);
            throw error.ToException();
        }
        catch (AgentEndedException)
        {
            throw new ControlException(ControlErrors.Internal, "the agent broke", "run `toss logs`");
        }
    }

    private async Task RunLockedAsync(TimeProvider time, ILoggerFactory logs, CancellationToken stop)
    {
        var log = logs.CreateLogger("Daemon");
        LogStarting(log, ProductVersion.Text, Environment.ProcessId);
        try
        {
            var agent = await compose(folders, options, logs, stop);
            try
            {
                await ServeAsync(agent, time, logs, log, stop);
            }
            finally
            {
                await agent.Stop();
            }
            LogStopped(log);
        }
        catch (Exception failure)
            when (failure is not AgentEndedException
                && !(failure is OperationCanceledException && stop.IsCancellationRequested)
            )
        {
            LogFailed(log, failure);
            throw;
        }
    }

    private async Task ServeAsync(
        RunningAgent agent,
        TimeProvider time,
        ILoggerFactory logs,
        ILogger log,
        CancellationToken stop
    )
    {
        await using var screens = new LoopbackScreens(
            agent.Control,
            SystemRandomSource.Instance,
            time,
            logs,
            ScreenPaths.Of(folders)
        );
        await using var server = await ControlServer.StartAsync(
            folders.ControlSocket,
            agent.Control,
            logs,
            stop,
            screens,
            time
        );
        await screens.GoOnAsync(stop);
        LogReady(log);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(() => stopped.TrySetResult());
        using var ending = new CancellationTokenSource();
        var memory = IdleMemory.OfThisProcess(agent.BytesFreed).RunAsync(time, ending.Token);
        var first = await Task.WhenAny(server.StopRequested, agent.Ended, stopped.Task);
        await ending.CancelAsync();
        await memory;
        if (first == agent.Ended && first.IsFaulted)
        {
            LogBroke(log, first.Exception!);
            throw new AgentEndedException();
        }
        LogStopping(log);
    }

    private InstanceLock TakeLock()
    {
        if (InstanceLock.TryTake(folders.Data, out var taken, out var holder))
        {
            return taken!;
        }
        var who = holder is { } pid ? string.Create(CultureInfo.InvariantCulture, $" (pid {pid})") : "";
        throw new ControlException(
            ControlErrors.Busy,
            $"toss already runs here{who}",
            "use it, or end it with `toss down`"
        );
    }

    /// <summary>The agent broke after it had been ready: not a failed start.</summary>
    private sealed class AgentEndedException : Exception;

    [LoggerMessage(Level = LogLevel.Information, Message = "Toss {Version} starts, pid {Pid}")]
    private static partial void LogStarting(ILogger log, string version, int pid);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ready")]
    private static partial void LogReady(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping")]
    private static partial void LogStopping(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped")]
    private static partial void LogStopped(ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "The agent could not start")]
    private static partial void LogFailed(ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The agent broke")]
    private static partial void LogBroke(ILogger log, Exception failure);
}
