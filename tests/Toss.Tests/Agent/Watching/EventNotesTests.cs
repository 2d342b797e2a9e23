using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Watching;

/// <summary>What waits to be told, on an agent whose store is slow, or fails, when a test says so.</summary>
public sealed class EventNotesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _holds;
    private volatile bool _breaks;
    private LoneAgent _agent = null!;

    private IControl Control => _agent.Control;

    public async ValueTask InitializeAsync() => _agent = await LoneAgent.StartAsync(1, _time, Between);

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Fact]
    public async Task What_changes_while_it_is_told_is_told_once_more()
    {
        await using var other = await LoneAgent.StartAsync(2, _time);
        await other.JoinAsync(_agent);
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        var clip = await CopyAsync("to the other");
        await events.NextAsync<DeliveryChanged>(one => one.Delivery.State == "sent");
        var row = await _agent.OnAsync(async () =>
            Assert.Single(await _agent.Store.DeliveriesOfClipAsync(clip, default))
        );

        _holds = true;
        await MarkAsync(row, DeliveryState.Sent);
        await Watchdog.Within(_reached.Task, "the delivery to be looked up");
        await MarkAsync(row, DeliveryState.Applied);
        _release.SetResult();

        await CopyAsync("and then this");
        await events.NextAsync<ClipRecorded>(one => one.Clip.Preview == "and then this");
        Assert.Equal(
            "applied",
            events.Seen.OfType<DeliveryChanged>().Last(one => one.Clip == clip.ToString()).Delivery.State
        );
    }

    [Fact]
    public async Task What_waits_to_be_told_keeps_no_content()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        // On the agent's thread, so that nothing of it can be told before it is looked at.
        await _agent.AskAsync(() =>
        {
            var noted = NoteSealed();
            GC.Collect();
            Assert.False(noted.IsAlive);
            return true;
        });
    }

    [Fact]
    public async Task A_feed_that_fails_ends_the_agent_and_says_why()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        _breaks = true;
        await CopyAsync("breaks it");
        await Watchdog.Within(_agent.Agent.Completion, "the agent to end");
        Assert.Equal("planted", Assert.IsType<InvalidDataException>(_agent.Agent.Failure).Message);
    }

    [Fact]
    public async Task Of_a_secret_that_was_put_there_no_name_is_told()
    {
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        var secret = await CopyAsync("correct horse", isSecret: true);
        Assert.Equal("secret", (await events.NextAsync<CurrentChanged>()).Clip!.State);
        await CopyAsync("no secret");
        await events.NextAsync<ClipApplied>(one => one.Id != secret.ToString());
        Assert.DoesNotContain(secret.ToString(), string.Concat(events.Seen));
        Assert.Single(events.Seen.OfType<ClipApplied>());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference NoteSealed()
    {
        var sealing = new SealDelivery(_agent.Id, default, new byte[100_000], default, _time.GetUtcNow());
        _agent.Agent.Feed.Note([sealing]);
        return new WeakReference(sealing);
    }

    /// <summary>By way of the agent, which is told of it.</summary>
    private Task MarkAsync(Delivery row, DeliveryState state) =>
        _agent.OnAsync(() =>
            _agent.Agent.Ports.Store.CommitAsync(
                StoreStep.OpenEnvelope,
                [new MarkDelivery(row.Peer, row.Message, state, RefusalReason.None, _time.GetUtcNow())],
                default
            )
        );

    private async Task<ClipId> CopyAsync(string text, bool isSecret = false)
    {
        var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var report = await Control.CopyAsync(MediaTypes.Text, content, isSecret, default);
        Assert.True(ClipId.TryParse(report.Clip!, out var id));
        return id;
    }

    private object? Between(string call, object?[] arguments, Func<object?> goOn)
    {
        if (_breaks && call == nameof(IAgentStore.FindClipAsync))
        {
            throw new InvalidDataException("planted");
        }
        if (_holds && call == nameof(IAgentStore.FindDeliveryAsync))
        {
            _holds = false;
            return Boxed(HoldAsync((ValueTask<Delivery?>)goOn()!));
        }
        return goOn();
    }

    private static object Boxed(ValueTask<Delivery?> answer) => answer;

    private async ValueTask<Delivery?> HoldAsync(ValueTask<Delivery?> looked)
    {
        var delivery = await looked;
        _reached.SetResult();
        await _release.Task;
        return delivery;
    }
}
