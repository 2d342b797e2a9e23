using System.Text.Json;
using Toss.Control;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Cli;

public sealed class WatchTests : IDisposable
{
    private readonly CommandBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task It_prints_a_line_for_each_event_and_ends_with_the_agent()
    {
        Tell(AgentEventSamples.All);
        _bench.Control.Events.Writer.Complete();
        Assert.Equal(3, await _bench.RunAsync("watch"));
        var lines = _bench.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(AgentEventSamples.All.Count, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"^\d\d:\d\d:\d\d  \S", line));
        Assert.Contains("copied on phone: \"hello\" (5 B)", _bench.Out);
        Assert.Contains("clip-2 to laptop: refused (too-large)", _bench.Out);
        Assert.Contains("phone is there, lan (2 waiting: no path)", _bench.Out);
        Assert.Contains("ended", _bench.Error);
    }

    [Fact]
    public async Task As_json_it_prints_one_object_a_line_as_it_came()
    {
        Tell(AgentEventSamples.All);
        _bench.Control.Events.Writer.Complete();
        Assert.Equal(3, await _bench.RunAsync("watch", "--json"));
        var lines = _bench.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            AgentEventSamples.All.Select(sample => JsonSerializer.Serialize(sample, ControlJson.Default.AgentEvent)),
            lines
        );
        Assert.Equal(
            ControlErrors.NoDaemon,
            JsonDocument.Parse(_bench.Error).RootElement.GetProperty("error").GetProperty("code").GetString()
        );
    }

    [Fact]
    public async Task Ctrl_c_ends_it_well()
    {
        using var interrupted = new CancellationTokenSource();
        var running = _bench.RunAsync(interrupted.Token, "watch");
        Tell([AgentEventSamples.All[0]]);
        await TestPairing.Until(() => Task.FromResult(_bench.Out.Length > 0), "the snapshot");
        await interrupted.CancelAsync();
        Assert.Equal(0, await running);
        Assert.Empty(_bench.Error);
    }

    [Fact]
    public async Task Without_an_agent_it_says_so()
    {
        _bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "not running");
        Assert.Equal(3, await _bench.RunAsync("watch"));
    }

    [Fact]
    public async Task Following_it_waits_for_the_agent_and_goes_on_where_it_was()
    {
        using var interrupted = new CancellationTokenSource();
        _bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "not running");
        var running = _bench.RunAsync(interrupted.Token, "watch", "--follow");
        await CalledAsync("watch after ", 1);
        _bench.Control.Fail = null;
        Tell([AgentEventSamples.All[0]]);
        await LooksAgainAsync("watch after ");

        await TestPairing.Until(() => Task.FromResult(_bench.Out.Length > 0), "the snapshot");
        _bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "it ended");
        _bench.Control.Events.Writer.Complete();
        await LooksAgainAsync("watch after r1.1");
        await interrupted.CancelAsync();
        Assert.Equal(0, await running);
    }

    private void Tell(IEnumerable<AgentEvent> events)
    {
        foreach (var happened in events)
        {
            _bench.Control.Events.Writer.TryWrite(happened);
        }
    }

    private Task CalledAsync(string call, int times) =>
        TestPairing.Until(() => Task.FromResult(Calls(call) >= times), $"`{call}`");

    /// <summary>Lets time pass until it asks once more: it may not have begun to wait yet.</summary>
    private Task LooksAgainAsync(string call)
    {
        var before = Calls(call);
        return TestPairing.Until(
            () =>
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(Calls(call) > before);
            },
            $"`{call}` once more"
        );
    }

    private int Calls(string call)
    {
        lock (_bench.Control.Calls)
        {
            return _bench.Control.Calls.Count(one => one == call);
        }
    }
}
