using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <content>Large clips that are announced, and fetched when somebody pastes them (`docs/decisions/0028-pull-on-paste.md`).</content>
internal sealed partial class ClipApplier
{
    /// <summary>
    /// Somebody pastes: content that was only announced begins to come, and what waits for a way to who has it is tried again. A
    /// <see cref="StoreException"/> if it cannot come any more.
    /// </summary>
    public async ValueTask WantAsync(Clip clip)
    {
        var stored = await ports.Store.FindClipAsync(clip.Id, CancellationToken.None);
        switch (stored?.State)
        {
            case ClipState.Offered:
            case ClipState.Incomplete when !_unfinished.ContainsKey(clip.Id):
                await BeginAsync(clip);
                break;
            case ClipState.Incomplete when !_unfinished[clip.Id].IsFetching:
                var waiting = _unfinished[clip.Id];
                waiting.Renew();
                StartFetch(clip, waiting.Senders.Min, default, waiting.HeardAt, _ending);
                break;
            case ClipState.Incomplete or ClipState.Complete:
                break;
            default:
                throw new StoreException(
                    StoreFailure.Damaged,
                    stored is null
                        ? "This copy is not in this device's history any more."
                        : "No device has the content of this copy any more, or somebody here stopped it."
                );
        }
    }

    /// <summary>Fetches it, or announces it here.</summary>
    /// <param name="at">When its message came.</param>
    /// <param name="apply">It is for the clipboard, if it is the newest.</param>
    private async ValueTask TakeLargeAsync(
        Clip clip,
        DeviceId peer,
        MessageId message,
        DateTimeOffset at,
        bool apply,
        CancellationToken cancellation
    )
    {
        if (IsFetchedAtOnce(clip, peer))
        {
            StartFetch(clip, peer, message, at, cancellation);
        }
        else
        {
            await OfferAsync(clip, peer, message, apply, cancellation);
        }
    }

    /// <summary>From now on it is wanted, also after a crash: who sent it waits for another answer.</summary>
    private async ValueTask BeginAsync(Clip clip)
    {
        var received = await ports.Store.ReceivedOfClipAsync(clip.Id, CancellationToken.None);
        await ports.Store.CommitAsync(
            StoreStep.WantClip,
            [
                new SetClipState(clip.Id, ClipState.Incomplete),
                .. received.Select(one => new SetReceivedOutcome(
                    one.Peer,
                    one.Message,
                    Receipt.Types.Outcome.Unspecified,
                    RefusalReason.None
                )),
            ],
            CancellationToken.None
        );
        // What of it was forgotten long ago has its origin all the same.
        foreach (var one in received.DefaultIfEmpty())
        {
            StartFetch(clip, one?.Peer ?? clip.Origin, one?.Message ?? default, device.Now, _ending);
        }
    }

    /// <summary>By the size and the way to who sent it.</summary>
    private bool IsFetchedAtOnce(Clip clip, DeviceId peer)
    {
        // Files that somebody sends are wanted; what is copied of them is put into a folder before anybody can paste it.
        if (!ports.Clipboard.TakesPromises || clip.Files is not null || _unfinished.ContainsKey(clip.Id))
        {
            return true;
        }
        var size = clip.Blobs.Sum(blob => blob.Length);
        return settings.Fetching.IsAtOnce(size, ports.Network.PathTo(peer) is { IsLink: true });
    }

    /// <summary>It is in history and on the clipboard, and its sender knows that it waits for a paste.</summary>
    private async ValueTask OfferAsync(
        Clip clip,
        DeviceId peer,
        MessageId message,
        bool apply,
        CancellationToken cancellation
    )
    {
        await ports.Store.CommitAsync(
            StoreStep.RecordOutcome,
            [
                new SetClipState(clip.Id, ClipState.Offered),
                new SetReceivedOutcome(peer, message, Receipt.Types.Outcome.Offered, RefusalReason.None),
            ],
            cancellation
        );
        receipts.Wake(peer);
        if (apply)
        {
            await PutAsync(clip, cancellation);
        }
    }
}
