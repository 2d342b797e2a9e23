using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <content>Large clips: fetched beside the loop, put on the clipboard when they are whole, or given up.</content>
internal sealed partial class ClipApplier
{
    /// <summary>
    /// Somebody does not want a large clip that comes: nothing of its content stays, and who sends it again hears so. False if it
    /// is whole, or was never on its way.
    /// </summary>
    public async ValueTask<bool> CancelAsync(ClipId clip, CancellationToken cancellation)
    {
        if (!_unfinished.TryGetValue(clip, out var unfinished) || !await unfinished.CancelAsync())
        {
            return false;
        }
        if (
            await ports.Store.FindClipAsync(clip, cancellation)
            is not { State: ClipState.Incomplete or ClipState.Wanted, Clip: var stopped }
        )
        {
            return false;
        }
        await EndAsync(stopped, unfinished, cancellation);
        return true;
    }

    /// <summary>Its content is coming just now.</summary>
    public bool IsFetching(ClipId clip) => _unfinished.TryGetValue(clip, out var unfinished) && unfinished.IsFetching;

    /// <summary>
    /// Its content came by another way, out of a backup, and is durable: it is whole, whatever it was before, and who sent it hears so.
    /// It goes onto no clipboard.
    /// </summary>
    public async ValueTask CompleteAsync(Clip clip, CancellationToken cancellation)
    {
        var completed = await ports.Store.CommitAsync(
            StoreStep.CompleteClip,
            [
                // By way of one that waits, so that it holds its blobs again.
                new SetClipState(
                    clip.Id,
                    ClipState.Incomplete,
                    [ClipState.Lost, ClipState.Cancelled, ClipState.Offered, ClipState.Incomplete, ClipState.Wanted]
                ),
                new SetClipState(clip.Id, ClipState.Complete, [ClipState.Incomplete]),
            ],
            cancellation
        );
        if (completed == CommitResult.Conflict)
        {
            // It was whole but for the disk, or somebody erased it.
            return;
        }
        foreach (var one in await ports.Store.ReceivedOfClipAsync(clip.Id, cancellation))
        {
            if (one.Outcome is Receipt.Types.Outcome.Offered or Receipt.Types.Outcome.Unspecified)
            {
                await SettleAsync(one.Peer, one.Message, Receipt.Types.Outcome.Kept, cancellation);
            }
        }
        Forget(clip);
    }

    /// <summary>Who said to have what of a clip is not here.</summary>
    public IReadOnlyCollection<DeviceId> HoldersOf(ClipId clip) =>
        _unfinished.TryGetValue(clip, out var unfinished) ? unfinished.Senders : [];

    private async ValueTask EndAsync(Clip stopped, UnfinishedClip unfinished, CancellationToken cancellation)
    {
        await _lost.CancelAsync(stopped, unfinished.Senders, cancellation);
        Forget(stopped);
        WakeReceipts(unfinished);
    }

    private void WakeReceipts(UnfinishedClip unfinished)
    {
        foreach (var sender in unfinished.Senders)
        {
            receipts.Wake(sender);
        }
    }

    private UnfinishedClip UnfinishedOf(ClipId clip)
    {
        if (!_unfinished.TryGetValue(clip, out var unfinished))
        {
            _unfinished.Add(clip, unfinished = new UnfinishedClip());
        }
        return unfinished;
    }

    private void StartFetch(
        Clip clip,
        DeviceId peer,
        MessageId message,
        DateTimeOffset receivedAt,
        CancellationToken cancellation
    )
    {
        var unfinished = UnfinishedOf(clip.Id);
        unfinished.HearOf(peer, receivedAt);
        if (!unfinished.IsFetching && !unfinished.IsCancelled)
        {
            _running.Add(
                unfinished.FetchAsync(stop => FetchAsync(clip, unfinished, peer, message, stop), cancellation)
            );
        }
    }

    private async Task FetchAsync(
        Clip clip,
        UnfinishedClip unfinished,
        DeviceId peer,
        MessageId message,
        CancellationToken cancellation
    )
    {
        try
        {
            var holders = CardsOfHolders(clip, unfinished);
            if (holders.Count == 0)
            {
                await _lost.LoseAsync(clip, cancellation);
                Forget(clip);
                return;
            }
            var outcome = await fetcher.FetchAsync(clip, holders, cancellation);
            if (outcome == FetchOutcome.Whole)
            {
                unfinished.IsWhole = true;
                await CompleteAsync(clip, unfinished, peer, message, cancellation);
                Forget(clip);
            }
            else if (outcome == FetchOutcome.Cancelled)
            {
                await EndAsync(clip, unfinished, cancellation);
            }
            else if (outcome == FetchOutcome.Later)
            {
                Failed(unfinished);
            }
            else if (outcome == FetchOutcome.NoRoom)
            {
                await _lost.RefuseAsync(clip, peer, message, RefusalReason.StorageFull, cancellation);
                receipts.Wake(peer);
                Forget(clip);
            }
            else if (
                await exchange.AskAsync(
                    holders,
                    fetcher.OthersThatMayHave(clip, holders),
                    await fetcher.MissingAsync(clip, cancellation),
                    cancellation
                )
            )
            {
                await _lost.RefuseAsync(clip, peer, message, RefusalReason.ContentLost, cancellation);
                receipts.Wake(peer);
                Forget(clip);
            }
            else if (unfinished.IsOver(device.Now))
            {
                await _lost.IsOverAsync(clip, unfinished, cancellation);
                WakeReceipts(unfinished);
                Forget(clip);
            }
            else
            {
                Failed(unfinished);
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends, and goes on at the next start with what came; or somebody stopped it.
        }
        catch (StoreException failure)
        {
            Failed(unfinished);
            _log.WorkFailed("Fetching a large clip", failure);
        }
    }

    /// <summary>Whoever passed it on first: its origin may have freed it long ago, or be no member any more.</summary>
    private IReadOnlyList<DeviceCard> CardsOfHolders(Clip clip, UnfinishedClip unfinished)
    {
        List<DeviceCard> holders =
        [
            .. unfinished
                .Senders.Where(sender => sender != clip.Origin)
                .Append(clip.Origin)
                .Select(device.Circle.Peer)
                .OfType<DeviceCard>(),
        ];
        // None of them is a member any more; who is may have it all the same.
        return holders.Count > 0 ? holders : fetcher.OthersThatMayHave(clip, holders);
    }

    /// <summary>
    /// All of it is here. What somebody asked for is in that person's hand, and whatever was copied meanwhile stays on the clipboard.
    /// All who sent it hear the same, those too that heard of an offer.
    /// </summary>
    private async ValueTask CompleteAsync(
        Clip clip,
        UnfinishedClip unfinished,
        DeviceId peer,
        MessageId message,
        CancellationToken cancellation
    )
    {
        var completed = await ports.Store.CommitAsync(
            StoreStep.CompleteClip,
            [new SetClipState(clip.Id, ClipState.Complete, [ClipState.Incomplete, ClipState.Wanted])],
            cancellation
        );
        if (completed == CommitResult.Conflict)
        {
            // Somebody erased it in the last moment.
            await _lost.EraseAsync(clip, cancellation);
            return;
        }
        var shown =
            unfinished.IsWanted
            && (clip.Files is null || (clip.Files is { Sent: false } && ports.Clipboard.TakesPromises))
                ? Receipt.Types.Outcome.Applied
                : await PutAsync(clip, cancellation);
        await SettleAsync(peer, message, shown, cancellation);
        await files.SettledAsync(clip.Id, cancellation);
        foreach (var other in await ports.Store.ReceivedOfClipAsync(clip.Id, cancellation))
        {
            if (other.Outcome is Receipt.Types.Outcome.Offered or Receipt.Types.Outcome.Unspecified)
            {
                await SettleAsync(other.Peer, other.Message, shown, cancellation);
            }
        }
    }

    private void Failed(UnfinishedClip unfinished)
    {
        if (unfinished.Failed(device.SteadyNow))
        {
            _wake.Ring();
        }
    }

    /// <summary>Erased while it came, or before it did.</summary>
    private void ForgetErased(ClipId clip)
    {
        _unfinished.Remove(clip);
        fetcher.Forget(clip);
    }

    /// <summary>It is whole, or lost: whoever else sent it is answered next.</summary>
    private void Forget(Clip clip)
    {
        exchange.Forget(clip.Blobs);
        fetcher.Forget(clip);
        if (_unfinished.Remove(clip.Id, out var ended) && ended.Senders.Count > 1)
        {
            _wake.Ring();
        }
    }
}
