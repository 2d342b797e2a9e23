using System.Buffers;
using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Sends ranges of blobs to peers that ask for them over a link; whatever of a blob is here, whole or not.</summary>
internal sealed class BlobServing(AgentPorts ports, Device device, Transfers transfers, ContentRoom room)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<BlobServing>();
    private readonly List<(DeviceId Peer, Task Task)> _running = [];

    // Stopped by somebody here, in this run.
    private readonly HashSet<(DeviceId Peer, BlobId Blob)> _cancelled = [];

    /// <summary>Sends what a peer asks for; beside whoever calls.</summary>
    public void Serve(BlobWanted wanted, CancellationToken cancellation)
    {
        _running.RemoveAll(one => one.Task.IsCompleted);
        _running.Add((wanted.Peer, ServeAsync(wanted, cancellation)));
    }

    /// <summary>Whether a blob is on its way to this peer.</summary>
    public bool IsServing(DeviceId peer) => _running.Exists(one => one.Peer == peer && !one.Task.IsCompleted);

    /// <summary>Whether somebody here stopped this blob for this peer.</summary>
    public bool IsCancelled(DeviceId peer, BlobId blob) => _cancelled.Contains((peer, blob));

    /// <summary>Somebody sends this clip to this peer by hand: what was stopped before goes again.</summary>
    public void Allow(DeviceId peer, Clip clip) =>
        _cancelled.RemoveWhere(one => one.Peer == peer && clip.Blobs.Any(blob => blob.Id == one.Blob));

    /// <summary>No more of it for this peer, which hears why; its row is answered.</summary>
    public async ValueTask CancelAsync(Transfer transfer, CancellationToken cancellation)
    {
        if (transfer is not { Peer: { } peer, Blob: { } blob })
        {
            return;
        }
        _cancelled.Add((peer, blob));
        transfers.End(transfer);
        if (transfer.Clip is not { } clip)
        {
            return;
        }
        var rows = await ports.Store.DeliveriesOfClipAsync(clip, cancellation);
        await ports.Store.CommitAsync(
            StoreStep.CancelTransfer,
            [
                .. rows.Where(row => row.Peer == peer)
                    .Select(row => new MarkDelivery(
                        peer,
                        row.Message,
                        DeliveryState.Refused,
                        RefusalReason.Cancelled,
                        device.Now
                    )),
            ],
            cancellation
        );
    }

    public Task WhenIdleAsync() => Task.WhenAll(_running.Select(one => one.Task));

    private async Task ServeAsync(BlobWanted wanted, CancellationToken cancellation)
    {
        var (peer, range) = (wanted.Peer, wanted.Range);
        var buffer = ArrayPool<byte>.Shared.Rent(Limits.SealedBlobChunk);
        try
        {
            if (IsCancelled(peer, range.Blob))
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
            using var lease = transfer.Clip is { } clip ? room.Lease(clip) : null;
            transfer.Enter();
            try
            {
                await wanted.Answer.SendAsync(
                    chunks,
                    next,
                    async index =>
                    {
                        if (IsCancelled(peer, range.Blob))
                        {
                            return ReadOnlyMemory<byte>.Empty;
                        }
                        var chunk = await ports.Blobs.NeedChunkAsync(range.Blob, index, buffer, cancellation);
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
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<Transfer> TransferOfAsync(BlobWanted wanted, int chunks, CancellationToken cancellation)
    {
        var (peer, blob) = (wanted.Peer, wanted.Range.Blob);
        var clip = transfers.OutgoingTo(peer, blob) is null ? await ClipOfAsync(peer, blob, cancellation) : null;
        // Another range of it may have come meanwhile.
        if (transfers.OutgoingTo(peer, blob) is not { } transfer)
        {
            transfer = transfers.Outgoing(peer, blob, clip, (long)chunks * Limits.SealedBlobChunk);
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
    private async ValueTask<ClipId?> ClipOfAsync(DeviceId peer, BlobId blob, CancellationToken cancellation)
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
                return id;
            }
        }
        return null;
    }
}
