using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Histories;

/// <summary>
/// Deleting: here, which can be undone for ten minutes, or everywhere, which cannot (docs/decisions/0024). What was deleted is not taken
/// again, whoever brings it.
/// </summary>
internal sealed class Deletions(AgentPorts ports, Device device, Courier courier, BlobUploads uploads)
{
    /// <summary>Until then what was deleted here can be put back; after it, it is erased for good.</summary>
    public static readonly TimeSpan Undoable = TimeSpan.FromMinutes(10);

    /// <summary>Clips erased in one transaction, or looked up at a time: some milliseconds, between which others have the store.</summary>
    private const int AtATime = 512;

    /// <summary>After the disk said no.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(5);

    private readonly ILogger _log = ports.Logs.CreateLogger<Deletions>();
    private readonly BlobSweep _blobs = new(ports);
    private readonly Wake _wake = new(ports.Time);

    public async ValueTask<DeleteReport> DeleteAsync(IReadOnlyList<StoredClip> clips, CancellationToken cancellation)
    {
        var at = device.Now;
        await CommitAsync(new DeleteClips([.. clips.Select(stored => stored.Clip.Id)], at), cancellation);
        return new DeleteReport(clips.Count, 0, at + Undoable);
    }

    /// <summary>All but what is pinned.</summary>
    public async ValueTask<DeleteReport> ClearAsync(CancellationToken cancellation)
    {
        var at = device.Now;
        var before = await ports.Store.MeasureAsync(cancellation);
        await CommitAsync(new DeleteHistory(at), cancellation);
        var after = await ports.Store.MeasureAsync(cancellation);
        return new DeleteReport(Math.Max(0, before.Clips - after.Clips), 0, at + Undoable);
    }

    /// <summary>Everywhere, and at once: who wants something gone from every device does not want it to stay ten minutes.</summary>
    public async ValueTask<DeleteReport> WithdrawAsync(IReadOnlyList<StoredClip> clips, CancellationToken cancellation)
    {
        foreach (var stored in clips.Where(stored => stored.Clip.Blobs.Any()))
        {
            await uploads.FreeAsync(stored, cancellation);
        }
        // Of another circle nobody here knows: those are deleted on this device.
        var shared = clips
            .Where(stored => stored.Clip.IsOf(device.Circle.Id))
            .Select(stored => stored.Clip.Id)
            .ToList();
        List<StoreWrite> writes = [.. Erasing(clips.Select(stored => stored.Clip.Id))];
        foreach (var ids in shared.Chunk(Limits.Withdraw))
        {
            var body = new EnvelopePlaintext
            {
                Withdraw = new Withdraw { ClipIds = { ids.Select(id => ByteString.CopyFrom(id.ToBytes())) } },
            };
            writes.AddRange(
                device.Circle.Peers.Select(peer => new InsertDelivery(courier.NewDelivery(peer.Device, body)))
            );
        }
        await EraseAsync(() => ports.Store.CommitAsync(StoreStep.EraseHistory, writes, cancellation), cancellation);
        courier.Wake();
        return new DeleteReport(clips.Count, shared.Count > 0 ? device.Circle.Peers.Count : 0, null);
    }

    /// <summary>What a member's word does here: it may be of a clip that is still to come.</summary>
    public async ValueTask<IReadOnlyList<StoreWrite>> HearAsync(Withdraw withdraw, CancellationToken cancellation)
    {
        var named = new List<ClipId>();
        foreach (var bytes in withdraw.ClipIds.Take(Limits.Withdraw))
        {
            if (ClipId.TryFrom(bytes.Span, out var clip) && await IsOursToEraseAsync(clip, cancellation))
            {
                named.Add(clip);
            }
        }
        _log.Withdrawn(named.Count);
        return [.. Erasing(named)];
    }

    /// <summary>Runs what erases clips, and deletes the files that only they held.</summary>
    public ValueTask<T> EraseAsync<T>(Func<ValueTask<T>> erase, CancellationToken cancellation) =>
        _blobs.EraseAsync(erase, cancellation);

    /// <summary>Puts back what the last command deleted here, and sends what had not left of it.</summary>
    public async ValueTask<UndoReport> UndoAsync(CancellationToken cancellation)
    {
        if (
            await ports.Store.LastDeletionAsync(cancellation) is not { } last
            || device.Now - last.At > Undoable
            || last.At > device.Now
        )
        {
            throw new ControlException(
                ControlErrors.Empty,
                "Nothing was deleted here in the last ten minutes.",
                "What was deleted everywhere cannot be put back."
            );
        }
        List<StoreWrite> writes = [new RestoreClips(last.Number)];
        foreach (var clips in last.Clips.Chunk(AtATime))
        {
            var rows = await ports.Store.DeliveriesOfClipsAsync(clips, cancellation);
            writes.AddRange(rows.Values.SelectMany(each => each).Where(row => IsEndedBy(last, row)).SelectMany(Again));
        }
        await ports.Store.CommitAsync(StoreStep.ChangeHistory, writes, cancellation);
        courier.Wake();
        return new UndoReport(last.Clips.Count);
    }

    /// <summary>Erases what nobody put back in time, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            TimeSpan wait;
            try
            {
                wait = await EmptyAsync(cancellation) is { } oldest
                    ? Clamp(oldest + Undoable - device.Now)
                    : Timeout.InfiniteTimeSpan;
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("Erasing what was deleted", failure);
                wait = Retry;
            }
            await _wake.WaitAsync(wait, cancellation);
        }
    }

    /// <summary>Says when the oldest that is left was deleted; null if none is.</summary>
    private async ValueTask<DateTimeOffset?> EmptyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            // Looked at first: whoever erases has to know which files there are.
            var rest = await EmptyAsync(0, cancellation);
            if (!rest.HasMore)
            {
                return rest.OldestAt;
            }
            await EraseAsync(() => EmptyAsync(AtATime, cancellation), cancellation);
        }
    }

    private ValueTask<BinRest> EmptyAsync(int limit, CancellationToken cancellation) =>
        ports.Store.EmptyBinAsync(device.Now - Undoable, device.Now, limit, cancellation);

    /// <summary>At least a second, so that nothing turns round; at most a minute, since a clock may be set.</summary>
    private static TimeSpan Clamp(TimeSpan left) =>
        TimeSpan.FromTicks(Math.Clamp(left.Ticks, TimeSpan.TicksPerSecond, TimeSpan.TicksPerMinute));

    private async ValueTask CommitAsync(StoreWrite write, CancellationToken cancellation)
    {
        await ports.Store.CommitAsync(StoreStep.ChangeHistory, [write], cancellation);
        // What had not left of it does not leave any more, and says so.
        courier.Wake();
        _wake.Ring();
    }

    private IEnumerable<StoreWrite> Erasing(IEnumerable<ClipId> clips) =>
        clips.SelectMany(clip => new StoreWrite[] { new EraseClip(clip), new PutTombstone(clip, device.Now) });

    /// <summary>What another circle shared is not this one's to erase.</summary>
    private async ValueTask<bool> IsOursToEraseAsync(ClipId clip, CancellationToken cancellation)
    {
        try
        {
            return await ports.Store.FindClipAsync(clip, cancellation) is not { } stored
                || stored.Clip.IsOf(device.Circle.Id);
        }
        catch (StoreException damaged) when (damaged.Failure == StoreFailure.Damaged)
        {
            return true;
        }
    }

    private bool IsEndedBy(Deletion deletion, Delivery row) =>
        row is { State: DeliveryState.Expired, Clip: not null, Stamp: not null, ChangedAt: { } at }
        && at.ToUnixTimeMilliseconds() == deletion.At.ToUnixTimeMilliseconds()
        && device.Circle.Peer(row.Peer) is not null;

    private StoreWrite[] Again(Delivery row) =>
        [
            new EraseDelivery(row.Peer, row.Message),
            new InsertDelivery(courier.NewClipDelivery(row.Peer, row.Clip!.Value, row.Stamp!.Value)),
        ];
}
