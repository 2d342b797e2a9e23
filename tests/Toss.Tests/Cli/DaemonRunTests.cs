using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Platform.Hosting;
using Xunit;

namespace Toss.Tests.Cli;

/// <summary>The daemon's life around a fake agent, with its real folders, lock, log and socket.</summary>
public sealed class DaemonRunTests : IDisposable
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("toss-daemon-");
    private readonly TossFolders _folders;
    private readonly FakeControl _agent = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new();
    private int _stopped;

    public DaemonRunTests() =>
        _folders = TossFolders.From(name => name == "TOSS_HOME" ? _home.FullName : null, 0, _ => false);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public async Task It_answers_until_it_is_asked_to_stop()
    {
        var running = Start(Compose).RunAsync(TimeProvider.System, Ct);
        using var client = await ConnectAsync(running);
        await client.StopAsync(Ct);
        await running.WaitAsync(Watchdog, Ct);
        Assert.Equal(1, _stopped);
        Assert.False(File.Exists(_folders.ControlSocket));
        var log = await File.ReadAllTextAsync(DaemonFiles.Log(_folders), Ct);
        Assert.Contains("info Daemon Ready", log);
        Assert.Contains("info Daemon Stopped", log);
        Assert.False(File.Exists(DaemonFiles.StartupError(_folders)));
    }

    [Fact]
    public async Task A_signal_stops_it_in_order()
    {
        using var signal = new CancellationTokenSource();
        var running = Start(Compose).RunAsync(TimeProvider.System, signal.Token);
        using var client = await ConnectAsync(running);
        await signal.CancelAsync();
        await running.WaitAsync(Watchdog, Ct);
        Assert.Equal(1, _stopped);
        Assert.DoesNotContain("stop", _agent.Calls);
    }

    [Fact]
    public async Task A_second_one_says_that_it_is_busy_and_harms_nothing()
    {
        var running = Start(Compose).RunAsync(TimeProvider.System, Ct);
        using var client = await ConnectAsync(running);
        var failure = await Assert.ThrowsAsync<ControlException>(() =>
            Start(Compose).RunAsync(TimeProvider.System, Ct)
        );
        Assert.Equal(ControlErrors.Busy, failure.Code);
        Assert.Contains($"pid {Environment.ProcessId}", failure.Message);
        Assert.Equal(ControlErrors.Busy, StartupError.Read(DaemonFiles.StartupError(_folders))!.Code);
        Assert.Equal("laptop", (await client.GetStatusAsync(Ct)).Device.Name);
        await client.StopAsync(Ct);
        await running.WaitAsync(Watchdog, Ct);
    }

    [Fact]
    public async Task A_failed_start_leaves_its_reason()
    {
        var reason = new ControlException(ControlErrors.Storage, "the store is damaged", "restore it");
        var failure = await Assert.ThrowsAsync<ControlException>(() =>
            Start((_, _, _, _) => throw reason).RunAsync(TimeProvider.System, Ct)
        );
        Assert.Equal(reason.Message, failure.Message);
        Assert.Equal(ControlError.Of(reason), StartupError.Read(DaemonFiles.StartupError(_folders)));
        // The next start is not confused by it.
        var running = Start(Compose).RunAsync(TimeProvider.System, Ct);
        using var client = await ConnectAsync(running);
        Assert.Null(StartupError.Read(DaemonFiles.StartupError(_folders)));
        await client.StopAsync(Ct);
        await running.WaitAsync(Watchdog, Ct);
    }

    [Fact]
    public async Task An_agent_that_breaks_ends_the_daemon_with_a_failure()
    {
        var running = Start(Compose).RunAsync(TimeProvider.System, Ct);
        using var client = await ConnectAsync(running);
        _ended.SetException(new InvalidOperationException("broke"));
        var failure = await Assert.ThrowsAsync<ControlException>(() => running.WaitAsync(Watchdog, Ct));
        Assert.Equal(ControlErrors.Internal, failure.Code);
        Assert.Equal(1, _stopped);
        Assert.Contains("fatal Daemon The agent broke", await File.ReadAllTextAsync(DaemonFiles.Log(_folders), Ct));
    }

    [Fact]
    public void The_log_is_set_aside_when_it_is_full_and_keeps_to_one_line_a_message()
    {
        var path = Path.Combine(_home.FullName, "a.log");
        using (var log = new RollingLog(path, new FakeTimeProvider(FakeControl.Now), maxSize: 300))
        {
            var logger = log.CreateLogger("Test");
            for (var line = 0; line < 20; line++)
            {
                logger.Log(LogLevel.Warning, 0, $"line {line}\nforged", null, (state, _) => state);
            }
        }
        Assert.InRange(new FileInfo(path).Length, 1, 300);
        Assert.InRange(new FileInfo(RollingLog.PreviousOf(path)).Length, 1, 300);
        var lines = File.ReadAllLines(path);
        Assert.Equal("2026-03-04T05:06:07.000Z warn Test line 19 ⏎ forged", lines[^1]);
        Assert.All(lines, line => Assert.StartsWith("2026-03-04T05:06:07.000Z warn Test line ", line));
    }

    private DaemonRun Start(DaemonRun.Compose compose) => new(_folders, new DaemonOptions(true), compose);

    private Task<RunningAgent> Compose(
        TossFolders folders,
        DaemonOptions options,
        ILoggerFactory logs,
        CancellationToken cancellation
    )
    {
        _ready.TrySetResult();
        return Task.FromResult(
            new RunningAgent(
                _agent,
                _ended.Task,
                () =>
                {
                    _stopped++;
                    return ValueTask.CompletedTask;
                }
            )
        );
    }

    /// <summary>Asks until the daemon answers; its own end is told first.</summary>
    private async Task<HttpControl> ConnectAsync(Task running)
    {
        await Task.WhenAny(_ready.Task, running).WaitAsync(Watchdog, Ct);
        var client = new HttpControl(_folders.ControlSocket);
        using var watchdog = new CancellationTokenSource(Watchdog);
        while (true)
        {
            if (running.IsCompleted)
            {
                await running;
            }
            try
            {
                await client.GetStatusAsync(Ct);
                return client;
            }
            catch (ControlException failure) when (failure.Code == ControlErrors.NoDaemon)
            {
                watchdog.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }
}
