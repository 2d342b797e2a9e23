using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <content>Large clips that are announced, and fetched when somebody pastes them (`docs/decisions/0028-pull-on-paste.md`).</content>
internal sealed partial class ClipApplier
{
    /// <summary>
    /// Somebody pastes: content that was only announced begins to come, and what waits for a way to who has it is tried again. A
    /// <see cref="StoreException"/> that says why if it cannot come any more.
    /// </summary>
    public async ValueTask WantAsync(Clip clip)
    {
        var stored = await ports.Store.FindClipAsync(clip.Id, CancellationToken.None);
        var unfinished = _unfinished.GetValueOrDefault(clip.Id);
        switch (stored?.State)
        {
            case ClipState.Offered:
            case ClipState.Incomplete or ClipState.Wanted when unfinished is not { Senders.Count: > 0 }:
                await BeginAsync(clip);
                break;
            case ClipState.Incomplete or ClipState.Wanted when !unfinished!.IsFetching:
                unfinished.Renew();
                StartFetch(clip, unfinished.Senders.Min, default, unfinished.HeardAt, _ending);
                break;
            case ClipState.Incomplete or ClipState.Wanted:
                break;
            case ClipState.Complete when (await fetcher.MissingAsync(clip, CancellationToken.None)).Count == 0:
                break;
            default:
                throw new StoreException(StoreFailure.Damaged, WhyNever(clip, stored?.State));
        }
    }

    /// <summary>One of those who said to have it.</summary>
    public bool IsAnybodyThere(Clip clip) =>
        HoldersOf(clip.Id)
            .Append(clip.Origin)
            .Any(holder => ports.Network.PathTo(holder) is not null || ports.Network.CanStream(holder));

    private string WhyNever(Clip clip, ClipState? state) =>
        state switch
        {
            null => "this copy is not in this device's history any more",
            ClipState.Complete => "its content is gone from this device's disk",
            ClipState.Cancelled => "somebody stopped it",
            _ when clip.Size > settings.Retention.Bytes =>
                "it is larger than all that history may hold: see `toss config history-size`",
            _ => "no device has it any more",
        };

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
        var state = (await ports.Store.FindClipAsync(clip.Id, cancellation))?.State;
        if (state == ClipState.Wanted || (state == ClipState.Incomplete && await IsFetchedAtOnceAsync(clip, peer)))
        {
            UnfinishedOf(clip.Id).IsWanted |= state == ClipState.Wanted;
            StartFetch(clip, peer, message, at, cancellation);
        }
        else if (
            state is not (ClipState.Incomplete or ClipState.Offered)
            || !await TryOfferAsync(clip, peer, message, apply && state == ClipState.Incomplete, cancellation)
        )
        {
            // It became something else meanwhile: what is still due is looked at again.
            _wake.Ring();
        }
    }

    /// <summary>From now on it is wanted, also after a crash: who sent it waits for another answer.</summary>
    private async ValueTask BeginAsync(Clip clip)
    {
        var received = await ports.Store.ReceivedOfClipAsync(clip.Id, CancellationToken.None);
        // Before it is stored: nobody takes it for one that nobody looks after.
        var unfinished = UnfinishedOf(clip.Id);
        var result = CommitResult.Conflict;
        try
        {
            result = await ports.Store.CommitAsync(
                StoreStep.WantClip,
                [
                    new SetClipState(
                        clip.Id,
                        ClipState.Wanted,
                        [ClipState.Offered, ClipState.Incomplete, ClipState.Wanted]
                    ),
                    .. received.Select(one => new SetReceivedOutcome(
                        one.Peer,
                        one.Message,
                        Receipt.Types.Outcome.Unspecified,
                        RefusalReason.None
                    )),
                ],
                CancellationToken.None
            );
        }
        finally
        {
            if (result == CommitResult.Conflict && unfinished.Senders.Count == 0)
            {
                // Erased or stopped, or all of it came: whoever waits for it looks again.
                _unfinished.Remove(clip.Id);
            }
        }
        if (result == CommitResult.Conflict)
        {
            return;
        }
        unfinished.IsWanted = true;
        // What of it was forgotten long ago has its origin all the same.
        foreach (var one in received.DefaultIfEmpty())
        {
            StartFetch(clip, one?.Peer ?? clip.Origin, one?.Message ?? default, device.Now, _ending);
        }
    }

    /// <summary>By the size and the way to who sent it; what is begun goes on.</summary>
    private async ValueTask<bool> IsFetchedAtOnceAsync(Clip clip, DeviceId peer) =>
        // Files that somebody sends are wanted.
        clip.Files
            is { Sent: true }
        // What cannot be announced comes at once, but for files that nobody may paste: these wait in history.
        || (!ports.Clipboard.TakesPromises && (clip.Files is null || clip.Size <= Limits.CopiedContent))
        || _unfinished.ContainsKey(clip.Id)
        || settings.Fetching.IsAtOnce(
            clip.Blobs.Sum(blob => blob.Length),
            ports.Network.PathTo(peer) is { IsLink: true }
        )
        || await fetcher.IsBegunAsync(clip, CancellationToken.None);

    /// <summary>
    /// It is in history and on the clipboard, and its sender knows that it waits for a paste. False if it is not to be announced any
    /// more.
    /// </summary>
    private async ValueTask<bool> TryOfferAsync(
        Clip clip,
        DeviceId peer,
        MessageId message,
        bool apply,
        CancellationToken cancellation
    )
    {
        var result = await ports.Store.CommitAsync(
            StoreStep.RecordOutcome,
            [
                new SetClipState(clip.Id, ClipState.Offered, [ClipState.Incomplete, ClipState.Offered]),
                new SetReceivedOutcome(peer, message, Receipt.Types.Outcome.Offered, RefusalReason.None),
            ],
            cancellation
        );
        if (result == CommitResult.Conflict)
        {
            return false;
        }
        receipts.Wake(peer);
        if (apply)
        {
            await PutAsync(clip, cancellation);
        }
        return true;
    }
}
