using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Toss.Control;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>The state: what each event makes of it, and what a lost stream does.</summary>
public sealed class AgentStoreTests : ScreenBench
{
    private static readonly AgentView view = AgentView.After(
        null,
        Samples.Snapshot(Samples.Text, Samples.Phone) with
        {
            Transfers = [Samples.Transfer],
        }
    )!;

    [Fact]
    public void Nothing_is_known_before_a_snapshot() => Assert.Null(AgentView.After(null, new CurrentChanged(null)));

    [Fact]
    public void Another_clip_holds_the_clipboards()
    {
        Assert.Equal(Samples.Picture, After(new CurrentChanged(Samples.Picture)).Current);
        Assert.True(After(new CurrentChanged(Samples.Secret)).CurrentIsSecret);
        Assert.Null(After(new CurrentChanged(null)).Current);
    }

    [Fact]
    public void What_is_told_of_the_current_clip_is_taken_and_of_others_is_not()
    {
        var kept = new HistoryDelivery("ID-B", "phone", "kept", null);
        Assert.Equal(kept, After(new DeliveryChanged("clip-1", kept)).Current!.Deliveries[0]);
        Assert.Equal(2, After(new DeliveryChanged("clip-1", kept)).Current!.Deliveries.Count);
        var third = kept with { Id = "ID-D" };
        Assert.Equal(third, After(new DeliveryChanged("clip-1", third)).Current!.Deliveries[2]);
        Assert.Equal(view.Current, After(new DeliveryChanged("clip-9", kept)).Current);
        Assert.Equal("lost", After(new ClipStateChanged("clip-1", "lost")).Current!.State);
        Assert.Equal("complete", After(new ClipStateChanged("clip-9", "lost")).Current!.State);
        Assert.Equal(9, After(new ClipRecorded(Samples.Text with { Size = 9 })).Current!.Size);
        Assert.Equal(1234, After(new ClipRecorded(Samples.Picture)).Current!.Size);
    }

    /// <summary>A secret has the id of no clip, and nothing that is told of one changes it.</summary>
    [Fact]
    public void Nothing_is_told_of_a_secret()
    {
        var secret = AgentView.After(view, new CurrentChanged(Samples.Secret));
        var told = new DeliveryChanged("", new HistoryDelivery("ID-B", "phone", "sent", null));
        Assert.Equal(Samples.Secret, AgentView.After(secret, told)!.Current);
    }

    [Fact]
    public void Devices_come_change_and_go()
    {
        var desk = After(new DeviceJoined(Samples.Desk));
        Assert.Equal(["laptop", "phone", "desk"], desk.Devices.Select(device => device.Name));
        Assert.Equal(3, AgentView.After(desk, new DeviceJoined(Samples.Desk))!.Devices.Count);
        var renamed = After(new DeviceChanged(Samples.Laptop with { Name = "work" }, ["name"]));
        Assert.Equal(["work", "phone"], renamed.Devices.Select(device => device.Name));
        Assert.Equal("work", renamed.Device.Name);
        Assert.Empty(After(new DeviceLeft("ID-B", "phone")).Peers);
    }

    [Fact]
    public void The_rest_is_as_it_was_told_last()
    {
        var relay = new RelayStatus(null, "none", null);
        Assert.Equal(relay, After(new RelayChanged(relay, [])).Relay);
        Assert.True(After(new PauseChanged(true, Samples.Now)) is { Paused: true, PausedUntil: not null });
        var full = new WarningReport(WarningCodes.NotStored, "full");
        Assert.Equal([full], After(new WarningsChanged([full])).Warnings);
        Assert.Equal("lost", After(new ClipboardChanged(new ClipboardStatus("x11", "lost"))).Clipboard.State);
        var further = Samples.Transfer with { Done = 4_000_000 };
        Assert.Equal([further], After(new TransferChanged(further)).Transfers);
        Assert.Equal(2, After(new TransferChanged(Samples.Transfer with { Id = 8 })).Transfers.Count);
        Assert.Empty(After(new TransferEnded(7)).Transfers);
        Assert.Equal(view, After(new ClipErased("clip-1")));
    }

    [Fact]
    public async Task A_lost_stream_keeps_what_is_shown_and_goes_on_after_the_last_event()
    {
        var store = Services.GetRequiredService<AgentStore>();
        var states = System.Threading.Channels.Channel.CreateUnbounded<ScreenState>();
        store.Changed += () => states.Writer.TryWrite(store.State);
        store.Start();
        Agent.Tell(Samples.Snapshot(Samples.Text));
        Assert.Equal(StreamState.Live, (await NextAsync(states)).Stream);
        Agent.Tell(new PauseChanged(true, null));
        Assert.True((await NextAsync(states)).View!.Paused);

        Agent.Break();
        var lost = await NextAsync(states);
        Assert.Equal(StreamState.Lost, lost.Stream);
        Assert.Equal("hello there", lost.View!.Current!.Preview);

        // It answers, though it has nothing to tell.
        Time.Advance(AgentStore.Pause);
        Assert.Equal(StreamState.Live, (await NextAsync(states)).Stream);
        Agent.Tell(new PauseChanged(false, null));
        Assert.False((await NextAsync(states)).View!.Paused);
        Assert.Equal(["watch after ", "watch after run-1.2"], Agent.Calls);
        Assert.True(Back.IsPrepared);
    }

    [Fact]
    public async Task An_agent_that_does_not_know_the_page_any_more_is_told_from_one_that_is_away()
    {
        var store = Services.GetRequiredService<AgentStore>();
        var states = System.Threading.Channels.Channel.CreateUnbounded<ScreenState>();
        store.Changed += () => states.Writer.TryWrite(store.State);
        Agent.Fail = new ControlException(ControlErrors.NoDaemon, "ended");
        store.Start();
        Assert.Equal(StreamState.Lost, (await NextAsync(states)).Stream);
        Back.Outcome = ReturnOutcome.Refused;
        Time.Advance(AgentStore.Pause);
        Assert.Equal(StreamState.Closed, (await NextAsync(states)).Stream);
        // Who does not know the page is asked for nothing more.
        Back.Outcome = ReturnOutcome.Away;
        Time.Advance(AgentStore.Pause);
        Assert.Equal(StreamState.Lost, (await NextAsync(states)).Stream);
        Assert.Equal(["watch after "], Agent.Calls);
    }

    [Fact]
    public async Task When_more_changed_than_is_told_the_current_clip_is_asked_for()
    {
        var store = Services.GetRequiredService<AgentStore>();
        var states = System.Threading.Channels.Channel.CreateUnbounded<ScreenState>();
        store.Changed += () => states.Writer.TryWrite(store.State);
        Agent.Clip = new ClipReport(Samples.Text with { Deliveries = [] }, []);
        store.Start();
        Agent.Tell(Samples.Snapshot(Samples.Text));
        await NextAsync(states);
        Agent.Tell(new HistoryChanged("deliveries"));
        Assert.Empty((await NextAsync(states)).View!.Current!.Deliveries);
    }

    private static AgentView After(AgentEvent told) => AgentView.After(view, told)!;

    private static async Task<ScreenState> NextAsync(System.Threading.Channels.Channel<ScreenState> states) =>
        await states.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
