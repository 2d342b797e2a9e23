using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Control.Http;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Control;

/// <summary>Events over the real socket.</summary>
public sealed class EventStreamTests : ControlBench
{
    [Fact]
    public async Task Each_kind_of_event_arrives_when_it_happens()
    {
        await using var events = new WatchedEvents(Client);
        foreach (var sample in AgentEventSamples.All)
        {
            // Each is written only after the one before was read: nothing may wait for more.
            await Agent.Events.Writer.WriteAsync(sample, Ct);
            var arrived = await events.NextAsync();
            Assert.Equal(sample.GetType(), arrived!.GetType());
            Assert.Equal(sample.Position, arrived.Position);
        }
        Assert.Equal(["watch after "], Agent.Calls);
    }

    [Fact]
    public async Task The_position_to_go_on_from_arrives()
    {
        await Agent.Events.Writer.WriteAsync(AgentEventSamples.All[0], Ct);
        await using var events = new WatchedEvents(Client, new EventPosition("r1", 41));
        await events.NextAsync();
        Assert.Equal(["watch after r1.41"], Agent.Calls);
    }

    [Fact]
    public async Task A_stream_begins_and_says_that_it_is_there_though_nothing_happens()
    {
        using var http = ControlHistoryTests.Http(Socket);
        var request = new HttpRequestMessage(HttpMethod.Get, "http://toss" + "/events");
        request.Headers.Add(ControlProtocol.VersionHeader, "1");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", "r1.41");
        var asked = http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        await AdvanceUntilAsync(asked, ControlStreams.Beginning, "the stream to begin");
        using var answer = await asked;
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Ct));
        for (var i = 0; i < 3; i++)
        {
            var line = lines.ReadLineAsync(Ct).AsTask();
            await AdvanceUntilAsync(line, ControlStreams.StillThere, "a sign that it is there");
            Assert.Equal(":", await line);
            Assert.Equal("", await lines.ReadLineAsync(Ct));
        }
        await Agent.Events.Writer.WriteAsync(AgentEventSamples.All[0], Ct);
        string? told;
        do
        {
            told = await lines.ReadLineAsync(Ct).AsTask().WaitAsync(Watchdog, Ct);
        } while (told is ":" or "");
        Assert.Equal($"id: {AgentEventSamples.All[0].Position}", told);
    }

    [Fact]
    public async Task Who_reads_passes_over_what_is_no_event()
    {
        await using var events = new WatchedEvents(Client);
        var next = events.NextAsync();
        await TestPairing.Until(() => Task.FromResult(Agent.Calls.Count > 0), "the watch");
        for (var i = 0; i < 20; i++)
        {
            Time.Advance(ControlStreams.StillThere);
            await Task.Yield();
        }
        await Agent.Events.Writer.WriteAsync(AgentEventSamples.All[0], Ct);
        Assert.Equal(AgentEventSamples.All[0].Position, (await next)!.Position);
    }

    private Task AdvanceUntilAsync(Task done, TimeSpan step, string what) =>
        TestPairing.Until(
            () =>
            {
                Time.Advance(step);
                return Task.FromResult(done.IsCompleted);
            },
            what
        );

    [Fact]
    public async Task Letting_go_ends_the_watch_at_the_agent()
    {
        await Agent.Events.Writer.WriteAsync(AgentEventSamples.All[0], Ct);
        await using (var events = new WatchedEvents(Client))
        {
            await events.NextAsync();
        }
        await Agent.WatchEnded.Task.WaitAsync(Watchdog, Ct);
    }

    [Fact]
    public async Task An_agent_that_ends_lets_go_at_once_and_is_said_to_have_ended()
    {
        await Agent.Events.Writer.WriteAsync(AgentEventSamples.All[0], Ct);
        await using var events = new WatchedEvents(Client);
        await events.NextAsync();
        var next = events.NextAsync();
        var begin = System.Diagnostics.Stopwatch.GetTimestamp();
        await Server.DisposeAsync();
        var failure = await Assert.ThrowsAsync<ControlException>(() => next);
        Assert.Equal(ControlErrors.NoDaemon, failure.Code);
        // It would else wait for those that watch, as long as it waits for anybody.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(2.5));
    }

    [Fact]
    public async Task What_fails_before_the_first_event_is_an_error_like_any_other()
    {
        Agent.Fail = new ControlException(ControlErrors.Storage, "the disk is full");
        await using var events = new WatchedEvents(Client);
        var failure = await Assert.ThrowsAsync<ControlException>(events.NextAsync);
        Assert.Equal((ControlErrors.Storage, "the disk is full"), (failure.Code, failure.Message));
    }
}
