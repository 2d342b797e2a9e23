using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>How a large clip ends whose content does not come. It stays in history, and a peer that sends it again revives it.</summary>
internal sealed class LostClips(AgentPorts ports, Device device)
{
    private static readonly ClipState[] s_coming = [ClipState.Incomplete, ClipState.Wanted];

    private readonly ILogger _log = ports.Logs.CreateLogger<LostClips>();

    /// <summary>Everybody who had it says that it is gone, or there is no room for it; who sent it sees the reason.</summary>
    public async ValueTask RefuseAsync(
        Clip clip,
        DeviceId peer,
        MessageId message,
        RefusalReason reason,
        CancellationToken cancellation
    )
    {
        await ports.Store.CommitAsync(
            StoreStep.CompleteClip,
            [
                new SetClipState(clip.Id, ClipState.Lost, s_coming),
                new SetReceivedOutcome(peer, message, Receipt.Types.Outcome.Refused, reason),
            ],
            cancellation
        );
        await EraseAsync(clip, cancellation);
    }

    /// <summary>Somebody here does not want it; all who sent it see the reason.</summary>
    public async ValueTask CancelAsync(Clip clip, IEnumerable<DeviceId> senders, CancellationToken cancellation)
    {
        List<StoreWrite> writes = [new SetClipState(clip.Id, ClipState.Cancelled, s_coming)];
        foreach (var (sender, message) in await DueAsync(clip.Id, senders, cancellation))
        {
            writes.Add(new SetReceivedOutcome(sender, message, Receipt.Types.Outcome.Refused, RefusalReason.Cancelled));
        }
        await ports.Store.CommitAsync(StoreStep.CancelTransfer, writes, cancellation);
        await EraseAsync(clip, cancellation);
    }

    /// <summary>
    /// No holder brought it in the time that a message lives. What somebody asked for is announced again, and may be asked for
    /// again. Of the rest nobody is told: its senders' rows expire by themselves, and when they meet this device again they find
    /// that it lacks the clip, and send it anew.
    /// </summary>
    public async ValueTask IsOverAsync(Clip clip, UnfinishedClip unfinished, CancellationToken cancellation)
    {
        if (unfinished.IsWanted)
        {
            await OfferAgainAsync(clip, cancellation);
            return;
        }
        List<StoreWrite> writes = [new SetClipState(clip.Id, ClipState.Lost, s_coming)];
        foreach (var (sender, message) in await DueAsync(clip.Id, unfinished.Senders, cancellation))
        {
            writes.Add(new SetReceiptSent(sender, message, device.Now));
        }
        await ports.Store.CommitAsync(StoreStep.CompleteClip, writes, cancellation);
        await EraseAsync(clip, cancellation);
        _log.ClipExpired(clip.Id.Short);
    }

    /// <summary>
    /// Those whose origin shares no circle with this device any more, and nobody else that does spoke of them: nobody has their
    /// content for us. And those of which nobody's message is remembered: this device was off for longer than that.
    /// </summary>
    public async ValueTask GiveUpAsync(
        IReadOnlyDictionary<ClipId, UnfinishedClip> unfinished,
        CancellationToken cancellation
    )
    {
        foreach (var stored in await ports.Store.IncompleteClipsAsync(cancellation))
        {
            var tried = unfinished.GetValueOrDefault(stored.Clip.Id);
            if (
                device.Circle.Peer(stored.Clip.Origin) is null
                && tried is not { IsFetching: true }
                && tried?.Senders.Any(sender => device.Circle.Peer(sender) is not null) != true
            )
            {
                await LoseAsync(stored.Clip, cancellation);
            }
            else if (tried is null && device.Now - stored.ReceivedAt >= Limits.ReceivedMemory)
            {
                await (
                    stored.State == ClipState.Wanted
                        ? OfferAgainAsync(stored.Clip, cancellation)
                        : LoseAsync(stored.Clip, cancellation)
                );
            }
        }
    }

    /// <summary>Nobody is there who could have it.</summary>
    public async ValueTask LoseAsync(Clip clip, CancellationToken cancellation)
    {
        await ports.Store.CommitAsync(
            StoreStep.CompleteClip,
            [new SetClipState(clip.Id, ClipState.Lost, s_coming)],
            cancellation
        );
        await EraseAsync(clip, cancellation);
    }

    private async ValueTask OfferAgainAsync(Clip clip, CancellationToken cancellation)
    {
        var received = await ports.Store.ReceivedOfClipAsync(clip.Id, cancellation);
        await ports.Store.CommitAsync(
            StoreStep.RecordOutcome,
            [
                new SetClipState(clip.Id, ClipState.Offered, [ClipState.Wanted]),
                .. received
                    .Where(one => one.Outcome == Receipt.Types.Outcome.Unspecified)
                    .Select(one => new SetReceivedOutcome(
                        one.Peer,
                        one.Message,
                        Receipt.Types.Outcome.Offered,
                        RefusalReason.None
                    )),
            ],
            cancellation
        );
    }

    private async ValueTask<List<(DeviceId Sender, MessageId Message)>> DueAsync(
        ClipId clip,
        IEnumerable<DeviceId> senders,
        CancellationToken cancellation
    )
    {
        var found = new List<(DeviceId, MessageId)>();
        foreach (var sender in senders)
        {
            var due = await ports.Store.ReceiptsDueAsync(sender, ReceiptSender.Batch, cancellation);
            found.AddRange(due.Where(received => received.Clip == clip).Select(received => (sender, received.Message)));
        }
        return found;
    }

    /// <summary>What came of it. What a crash leaves here no clip holds any more: it goes at the next start.</summary>
    public async ValueTask EraseAsync(Clip clip, CancellationToken cancellation)
    {
        var blobs = clip.Blobs.Select(blob => blob.Id).ToList();
        // Another clip may be of the same content: whoever signed this one could name any blob that it knows.
        var held = await ports.Store.HeldBlobsAsync(blobs, cancellation);
        foreach (var blob in blobs.Where(blob => !held.Contains(blob)))
        {
            await ports.Blobs.DeleteAsync(blob, cancellation);
        }
    }
}
