using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Sends ranges of blobs to peers that ask for them over a link; whatever of a blob is here, whole or not.</summary>
internal sealed class BlobServing(
    AgentPorts ports,
    Device device,
    SealStep sealing,
    Transfers transfers,
    ContentRoom room
)
{
    /// <summary>Pairs of peer and blob that something is remembered of: those beyond are looked up again.</summary>
    private const int RememberedAtMost = 4096;

    /// <summary>Between two ranges of one fetch nothing is asked for, but not for so long.</summary>
    private static readonly TimeSpan Lull = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobServing>();
    private readonly List<(DeviceId Peer, Task Task)> _running = [];

    // Whether somebody here stopped it: what the rows of its clips say, once looked up.
    private readonly Dictionary<(DeviceId Peer, BlobId Blob), bool> _cancelled = [];
    private readonly Dictionary<(DeviceId Peer, BlobId Blob), Served> _served = [];

    /// <summary>Sends what a peer asks for; beside whoever calls.</summary>
    public void Serve(BlobWanted wanted, CancellationToken cancellation)
    {
        _running.RemoveAll(one => one.Task.IsCompleted);
        _running.Add((wanted.Peer, ServeAsync(wanted, cancellation)));
    }

    /// <summary>Whether a blob is on its way to this peer.</summary>
    public bool IsServing(DeviceId peer) => _running.Exists(one => one.Peer == peer && !one.Task.IsCompleted);

    /// <summary>This peer fetches this blob from here; each time something of it leaves after nothing did for a while.</summary>
    public event Action<DeviceId, BlobId>? Began;

    /// <summary>Whether this peer was sent the last of it that it lacked, as far as it said what it has.</summary>
    public bool HasAll(DeviceId peer, BlobId blob) =>
        _served.TryGetValue((peer, blob), out var served) && served.HasAll;

    /// <summary>When this peer last asked for anything, by the clock that nobody sets.</summary>
    public DateTimeOffset LastAskedBy(DeviceId peer) =>
        _served.Where(one => one.Key.Peer == peer).Select(one => one.Value.At).DefaultIfEmpty().Max();

    /// <summary>Whether somebody here stopped this blob for this peer, in this run or an earlier one.</summary>
    public async ValueTask<bool> IsCancelledAsync(DeviceId peer, BlobId blob, CancellationToken cancellation)
    {
        if (_cancelled.TryGetValue((peer, blob), out var known))
        {
            return known;
        }
        var found = false;
        foreach (var clip in await ports.Store.ClipsOfBlobAsync(blob, cancellation))
        {
            var rows = await ports.Store.DeliveriesOfClipAsync(clip, cancellation);
            found |= rows.Any(row =>
                row is { State: DeliveryState.Refused, Reason: RefusalReason.Cancelled } && row.Peer == peer
            );
        }
        if (_cancelled.Count >= RememberedAtMost)
        {
            _cancelled.Clear();
        }
        // Stopped meanwhile, perhaps.
        return _cancelled.TryAdd((peer, blob), found) ? found : _cancelled[(peer, blob)];
    }

    /// <summary>Somebody sends this clip to this peer by hand: what was stopped before goes again.</summary>
    public void Allow(DeviceId peer, Clip clip)
    {
        foreach (var blob in clip.Blobs)
        {
            _cancelled.Remove((peer, blob.Id));
            _served.Remove((peer, blob.Id));
        }
    }

    /// <summary>
    /// No more of a blob for these peers, who hear why; their rows are answered, and remember it. Gives the clips whose rows were.
    /// </summary>
    public async ValueTask<IReadOnlyList<ClipId>> CancelAsync(
        BlobId blob,
        IReadOnlyCollection<DeviceId> peers,
        CancellationToken cancellation
    )
    {
        foreach (var peer in peers)
        {
            _cancelled[(peer, blob)] = true;
            if (transfers.OutgoingTo(peer, blob) is { } transfer)
            {
                transfers.End(transfer);
            }
        }
        var clips = await ports.Store.ClipsOfBlobAsync(blob, cancellation);
        var writes = new List<StoreWrite>();
        foreach (var clip in clips)
        {
            var rows = await ports.Store.DeliveriesOfClipAsync(clip, cancellation);
            foreach (var peer in peers)
            {
                var theirs = rows.Where(row => row.Peer == peer).ToList();
                writes.AddRange(
                    theirs.Select(row => new MarkDelivery(
                        peer,
                        row.Message,
                        DeliveryState.Refused,
                        RefusalReason.Cancelled,
                        device.Now
                    ))
                );
                if (theirs.Count == 0)
                {
                    writes.Add(new InsertDelivery(NewCancelled(peer, clip)));
                }
            }
        }
        await ports.Store.CommitAsync(StoreStep.CancelTransfer, writes, cancellation);
        return clips;
    }

    public Task WhenIdleAsync() => Task.WhenAll(_running.Select(one => one.Task));

    private async Task ServeAsync(BlobWanted wanted, CancellationToken cancellation)
    {
        var (peer, range) = (wanted.Peer, wanted.Range);
        using var reader = new ChunkReader(ports.Blobs, range.Blob);
        try
        {
            if (await IsCancelledAsync(peer, range.Blob, cancellation))
            {
                await wanted.Answer.CancelAsync(cancellation);
                return;
            }
            var held = await ports.Blobs.HeldAsync(range.Blob, cancellation);
            var isMember = device.Circle.Peer(peer) is not null;
            var chunks = isMember ? held.RunAt(range.First, range.Count) : 0;
            var next = isMember && chunks < range.Count ? held.NextAt(range.First + chunks) : null;
            _log.BlobServed(range.Blob.Short, peer.Short, range.First, chunks);
            if (chunks == 0)
            {
                await wanted.Answer.SendAsync(0, next, static _ => throw new InvalidOperationException(), cancellation);
                return;
            }
            var transfer = await TransferOfAsync(wanted, held.Chunks, cancellation);
            Note(peer, range.Blob, hasAll: false);
            using var lease = transfer.Clip is { } clip ? room.Lease(clip) : null;
            transfer.Enter();
            try
            {
                await wanted.Answer.SendAsync(
                    chunks,
                    next,
                    async index =>
                    {
                        if (_cancelled.GetValueOrDefault((peer, range.Blob)))
                        {
                            return ReadOnlyMemory<byte>.Empty;
                        }
                        var chunk = await reader.ReadAsync(index, range.First + chunks - index, cancellation);
                        transfer.Add(peer, chunk.Length);
                        return chunk;
                    },
                    cancellation
                );
            }
            finally
            {
                transfer.Leave();
            }
            if (transfer.Done >= transfer.Total)
            {
                Note(peer, range.Blob, hasAll: true);
                transfers.End(transfer);
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
        catch (StoreException failure)
        {
            wanted.Answer.Refuse();
            _log.WorkFailed("Sending a blob over a link", failure);
        }
    }

    private void Note(DeviceId peer, BlobId blob, bool hasAll)
    {
        if (!_served.TryGetValue((peer, blob), out var before) || device.SteadyNow - before.At >= Lull)
        {
            Began?.Invoke(peer, blob);
        }
        if (_served.Count >= RememberedAtMost)
        {
            _served.Clear();
        }
        _served[(peer, blob)] = new Served(device.SteadyNow, hasAll);
    }

    /// <summary>Of a blob that the peer heard of from others.</summary>
    private Delivery NewCancelled(DeviceId peer, ClipId clip) =>
        new(
            peer,
            sealing.NewMessageId(),
            DeliveryState.Refused,
            device.Now,
            clip,
            Stamp: null,
            Body: null,
            Envelope: null,
            Session: null,
            ChangedAt: device.Now,
            RefusalReason.Cancelled
        );

    private async ValueTask<Transfer> TransferOfAsync(BlobWanted wanted, int chunks, CancellationToken cancellation)
    {
        var (peer, blob) = (wanted.Peer, wanted.Range.Blob);
        var clip = transfers.OutgoingTo(peer, blob) is null ? await ClipOfAsync(peer, blob, cancellation) : null;
        // Another range of it may have come meanwhile.
        if (transfers.OutgoingTo(peer, blob) is not { } transfer)
        {
            transfer = transfers.Outgoing(peer, blob, clip?.Id, (long)chunks * Limits.SealedBlobChunk);
            transfer.What = clip?.Files is null ? null : clip.Preview;
            transfer.StartAt(0);
        }
        var told = (long)Math.Min(wanted.Held, chunks) * Limits.SealedBlobChunk;
        if (told > transfer.Done)
        {
            transfer.StartAt(told);
        }
        return transfer;
    }

    /// <summary>What was sent to this peer and not answered, or only announced; null for a blob that it heard of from others.</summary>
    private async ValueTask<Clip?> ClipOfAsync(DeviceId peer, BlobId blob, CancellationToken cancellation)
    {
        foreach (
            var row in (IEnumerable<Delivery>)
                [
                    .. await ports.Store.UnansweredDeliveriesAsync(peer, cancellation),
                    .. await ports.Store.OfferedDeliveriesAsync(peer, cancellation),
                ]
        )
        {
            if (
                row.Clip is { } id
                && await ports.Store.FindClipAsync(id, cancellation) is { } stored
                && stored.Clip.Blobs.Any(one => one.Id == blob)
            )
            {
                return stored.Clip;
            }
        }
        return null;
    }

    /// <summary>What a peer was last sent of a blob.</summary>
    private readonly record struct Served(DateTimeOffset At, bool HasAll);
}
