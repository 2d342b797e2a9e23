using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent.Watching;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Agent.Watching;

/// <summary>What one who watches is told, on an agent whose network and clock are the test's.</summary>
public sealed class EventFeedTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private LoneAgent _agent = null!;

    private IControl Control => _agent.Control;

    public async ValueTask InitializeAsync() => _agent = await LoneAgent.StartAsync(1, _time);

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Fact]
    public async Task First_comes_all_there_is()
    {
        await CopyAsync("here already");
        await Control.SetConfigAsync("history-days", "7", default);
        await using var events = new WatchedEvents(Control);
        var first = Assert.IsType<AgentSnapshot>(await events.NextAsync());
        Assert.Equal("Device 1", first.Device.Name);
        Assert.Equal("here already", first.Current!.Preview);
        Assert.True(first.Current.HoldsClipboard);
        Assert.Equal("connected", first.Relay.State);
        Assert.Equal("7", first.Config.Single(entry => entry.Key == "history-days").Value);
        Assert.True(Assert.Single(first.Devices).Self);
    }

    [Fact]
    public async Task What_changes_is_told_as_it_is_then()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();

        await CopyAsync("hello");
        var recorded = await events.NextAsync<ClipRecorded>();
        Assert.Equal("hello", recorded.Clip.Preview);
        Assert.Equal(recorded.Clip.Id, (await events.NextAsync<CurrentChanged>()).Clip!.Id);

        await Control.RenameAsync("desk", default);
        var renamed = await events.NextAsync<DeviceChanged>();
        Assert.Equal(("desk", "name"), (renamed.Device.Name, Assert.Single(renamed.What)));

        await Control.SetRuleAsync(new SetRuleRequest("out", null, "picture", "never", null), default);
        Assert.Equal("never", Assert.Single((await events.NextAsync<RulesChanged>()).Rules).Sharing);

        await Control.SetConfigAsync("detect-secrets", "off", default);
        var config = (await events.NextAsync<ConfigChanged>()).Config;
        Assert.Equal("off", config.Single(entry => entry.Key == "detect-secrets").Value);

        _agent.Network.Say(new RelayStateChanged(LoneAgent.Relay, RelayState.Unreachable, null));
        Assert.Equal("unreachable", (await events.NextAsync<RelayChanged>()).Relay.State);
        _agent.Network.Connect();
        Assert.Equal("connected", (await events.NextAsync<RelayChanged>()).Relay.State);

        var sequences = events.Seen.Skip(1).Select(one => one.Sequence).ToList();
        Assert.Equal(Enumerable.Range(1, sequences.Count).Select(number => (long)number), sequences);
    }

    [Fact]
    public async Task A_pause_ends_by_the_clock_and_is_told()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        await Control.PauseAsync(TimeSpan.FromMinutes(30), default);
        var paused = await events.NextAsync<PauseChanged>();
        Assert.Equal((true, _time.GetUtcNow().AddMinutes(30)), (paused.Paused, paused.Until));
        var next = events.NextAsync<PauseChanged>();
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(new PauseChanged(false, null), (await next) with { Run = "", Sequence = 0, At = default });
    }

    [Fact]
    public async Task Devices_join_come_go_are_renamed_and_leave()
    {
        await using var other = await LoneAgent.StartAsync(2, _time);
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();

        await other.JoinAsync(_agent);
        Assert.Equal("Device 2", (await events.NextAsync<DeviceJoined>()).Device.Name);
        await _agent.AskAsync(() =>
        {
            _agent.Network.SetOnline(other.Id, true);
            return true;
        });
        Assert.True((await events.NextAsync<DeviceChanged>(one => one.What.Contains("online"))).Device.Online);
        await _agent.AskAsync(() =>
        {
            _agent.Network.SetOnline(other.Id, false);
            return true;
        });
        Assert.False((await events.NextAsync<DeviceChanged>(one => one.What.Contains("online"))).Device.Online);

        await Control.UnpairAsync("Device 2", [], default);
        Assert.Equal("Device 2", (await events.NextAsync<DeviceLeft>()).Name);
    }

    [Fact]
    public async Task A_delivery_is_told_from_its_row_to_its_answer()
    {
        await using var other = await LoneAgent.StartAsync(2, _time);
        await other.JoinAsync(_agent);
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        await using var there = new WatchedEvents(other.Control);
        await there.NextAsync<AgentSnapshot>();

        await CopyAsync("to the other");
        var row = Assert.Single((await events.NextAsync<ClipRecorded>()).Clip.Deliveries);
        Assert.Equal("Device 2", row.Name);
        var sent = await events.NextAsync<DeliveryChanged>(one => one.Delivery.State == "sent");

        await _agent.CarryAsync(other);
        var arrived = await there.NextAsync<ClipRecorded>();
        Assert.Equal((sent.Clip, "Device 1"), (arrived.Clip.Id, arrived.Clip.Origin.Name));
        Assert.Equal("applied", (await there.NextAsync<ClipApplied>()).Outcome);
        await TestPairing.Until(
            async () =>
            {
                await other.CarryAsync(_agent);
                return (await Control.GetHistoryAsync(null, 1, default))[0].Deliveries[0].State == "applied";
            },
            "the receipt"
        );
        Assert.Equal(sent.Clip, (await events.NextAsync<DeliveryChanged>(one => one.Delivery.State == "applied")).Clip);
    }

    [Fact]
    public async Task Of_a_secret_only_that_it_is_there_is_told()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        const string password = "correct horse battery staple";
        await _agent.AskAsync(() =>
        {
            _agent.Clipboard.Copy(
                new Snapshot([TestContent.Text(password)], Concealed: true, Origin: null, Omitted: [])
            );
            return true;
        });
        var held = (await events.NextAsync<CurrentChanged>()).Clip!;
        Assert.Equal(("", "", 0L, "secret"), (held.Id, held.Preview, held.Size, held.State));
        Assert.Empty(held.Types);

        await using var late = new WatchedEvents(Control);
        Assert.Equal("secret", (await late.NextAsync<AgentSnapshot>()).Current!.State);

        var next = events.NextAsync<CurrentChanged>();
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null((await next).Clip);
        var told = string.Concat(events.Seen.Concat(late.Seen).Select(Json));
        Assert.DoesNotContain("horse", told);
        Assert.DoesNotContain($"{password.Length}", told);
    }

    [Fact]
    public async Task Pairing_is_told_without_its_code()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        await using var pairing = Control
            .OpenPairingAsync(new OpenPairingRequest(AcceptAll: false), default)
            .GetAsyncEnumerator();
        Assert.True(await pairing.MoveNextAsync());
        var opened = Assert.IsType<PairingOpened>(pairing.Current);
        Assert.Equal(("show", "opened"), await PairingAsync(events));
        await pairing.DisposeAsync();
        Assert.Equal(("show", "failed"), await PairingAsync(events));
        var told = string.Concat(events.Seen.Select(Json));
        Assert.DoesNotContain(opened.Code!, told);
        Assert.DoesNotContain("toss://", told);
    }

    [Fact]
    public async Task Who_comes_back_goes_on_where_it_was()
    {
        EventPosition seen;
        await using (var events = new WatchedEvents(Control))
        {
            seen = (await events.NextAsync<AgentSnapshot>()).Position;
        }
        await CopyAsync("missed");
        await using var again = new WatchedEvents(Control, seen);
        Assert.Equal("missed", Assert.IsType<ClipRecorded>(await again.NextAsync()).Clip.Preview);
    }

    [Fact]
    public async Task Who_comes_back_from_another_run_or_too_late_begins_anew()
    {
        EventPosition seen;
        await using (var events = new WatchedEvents(Control))
        {
            seen = (await events.NextAsync<AgentSnapshot>()).Position;
        }
        await using (var other = new WatchedEvents(Control, seen with { Run = "another" }))
        {
            Assert.IsType<AgentSnapshot>(await other.NextAsync());
        }
        // Its place is not kept for ever, and what happens meanwhile is kept for nobody.
        await _agent.AskAsync(() => true);
        _time.Advance(EventFeed.Patience);
        await CopyAsync("for nobody");
        await using var late = new WatchedEvents(Control, seen);
        Assert.Equal("for nobody", Assert.IsType<AgentSnapshot>(await late.NextAsync()).Current!.Preview);
    }

    [Fact]
    public async Task Who_does_not_read_gets_a_snapshot_in_place_of_what_was_too_much()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        for (var i = 0; i < EventFeed.Remembered + 1; i++)
        {
            await Control.RenameAsync($"name {i}", default);
            // Told before the next: or several would be one change.
            await _agent.AskAsync(() => true);
        }
        await TestPairing.Until(
            async () => await _agent.AskAsync(() => !_agent.Agent.Feed.TryReadAfter(events.Seen[0].Position, 1, out _)),
            "more events than are remembered"
        );
        var anew = Assert.IsType<AgentSnapshot>(await events.NextAsync());
        Assert.Equal($"name {EventFeed.Remembered}", anew.Device.Name);
        await CopyAsync("and on");
        Assert.Equal("and on", (await events.NextAsync<ClipRecorded>()).Clip.Preview);
    }

    [Fact]
    public async Task It_ends_with_the_agent()
    {
        var agent = await LoneAgent.StartAsync(3, _time);
        await using var events = new WatchedEvents(agent.Control);
        await events.NextAsync<AgentSnapshot>();
        var next = events.NextAsync();
        await agent.DisposeAsync();
        Assert.Null(await next);
    }

    private async Task CopyAsync(string text) =>
        await Control.CopyAsync(MediaTypes.Text, new MemoryStream(Encoding.UTF8.GetBytes(text)), false, default);

    private static async Task<(string, string)> PairingAsync(WatchedEvents events)
    {
        var news = await events.NextAsync<PairingChanged>();
        return (news.Side, news.State);
    }

    private static string Json(AgentEvent happened) =>
        JsonSerializer.Serialize(happened, ControlJson.Default.AgentEvent);
}
