using Toss.Control;
using Toss.Core.Scheduling;

namespace Toss.Agent.Watching;

/// <summary>One that watches: where it is, and nothing that grows while it does not read. On the agent's thread.</summary>
internal sealed class EventWatch(EventFeed feed, TimeProvider time, EventPosition? after) : IDisposable
{
    /// <summary>Events handed over at a time.</summary>
    private const int Batch = 64;

    private readonly Wake _wake = new(time);
    private EventPosition? _at = after;

    /// <summary>There may be more.</summary>
    public void Wake() => _wake.Ring();

    /// <summary>What comes next, at least one event; none when the agent ends.</summary>
    public async ValueTask<IReadOnlyList<AgentEvent>> NextAsync(CancellationToken cancellation)
    {
        while (!feed.HasEnded)
        {
            var events =
                _at is { } at && feed.TryReadAfter(at, Batch, out var missed)
                    ? missed
                    : [await feed.SnapshotAsync(cancellation)];
            if (events.Count > 0)
            {
                _at = events[^1].Position;
                return events;
            }
            await _wake.WaitAsync(cancellation);
        }
        return [];
    }

    public void Dispose() => feed.Leave(this);
}
