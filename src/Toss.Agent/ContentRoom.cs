using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// The place that history and its content may take on the disk: what is oldest makes room for what is new, but never what
/// somebody reads, fetches or is being sent.
/// </summary>
internal sealed class ContentRoom(AgentPorts ports, Device device, AgentSettings settings)
{
    private readonly BlobSweep _sweep = new(ports);
    private readonly Dictionary<ClipId, (int Count, long Coming)> _leases = [];

    /// <summary>The clip stays until what this gives is disposed.</summary>
    /// <param name="clip">Which.</param>
    /// <param name="coming">Bytes of it that are to come, and have no place yet that somebody else could be given.</param>
    public IDisposable Lease(ClipId clip, long coming = 0)
    {
        var before = _leases.GetValueOrDefault(clip);
        _leases[clip] = (before.Count + 1, Math.Max(before.Coming, coming));
        return new Held(this, clip);
    }

    /// <summary>What is past retention and expiry goes, with its files; by kind too, which takes longer.</summary>
    public ValueTask<SweepResult> SweepByKindAsync(CancellationToken cancellation) =>
        SweepAsync(settings.RetentionByKind, cancellation);

    /// <summary>The same, whatever the kind.</summary>
    public ValueTask<SweepResult> SweepAsync(CancellationToken cancellation) =>
        SweepAsync(settings.Retention, cancellation);

    private ValueTask<SweepResult> SweepAsync(Retention retention, CancellationToken cancellation) =>
        _sweep.EraseAsync(
            () => ports.Store.SweepAsync(device.Now, retention with { InUse = _leases.Keys.ToHashSet() }, cancellation),
            cancellation
        );

    /// <summary>
    /// Older clips make room for the content of a recorded one; but not for more than there is room for at all: what comes at the
    /// same time would else take the place of all that is here.
    /// </summary>
    public async ValueTask<RoomMade> MakeForAsync(Clip clip, CancellationToken cancellation)
    {
        var kept = await ports.Store.MeasureAsync(cancellation);
        // What is pinned makes room for nothing.
        var room = settings.Retention.Bytes - kept.PinnedBytes;
        if (clip.Size > room)
        {
            return RoomMade.Never;
        }
        if (clip.Size + _leases.Where(one => one.Key != clip.Id).Sum(one => one.Value.Coming) > room)
        {
            return RoomMade.NotYet;
        }
        // It is in what is kept: to look through all of history for each large clip would take longer than to carry it.
        if (kept.ContentBytes > settings.Retention.Bytes)
        {
            using var lease = Lease(clip.Id);
            await SweepAsync(cancellation);
        }
        return RoomMade.Made;
    }

    private sealed class Held(ContentRoom room, ClipId clip) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (_isOver)
            {
                return;
            }
            _isOver = true;
            var (count, coming) = room._leases[clip];
            room._leases[clip] = (count - 1, coming);
            if (count == 1)
            {
                _ = room._leases.Remove(clip);
            }
        }
    }
}

/// <summary>Whether there is room for large content.</summary>
internal enum RoomMade
{
    Made,

    /// <summary>Other content is coming, and takes it.</summary>
    NotYet,

    /// <summary>It is larger than all that history may hold beside what is pinned.</summary>
    Never,
}
