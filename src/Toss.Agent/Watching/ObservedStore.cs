using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Watching;

/// <summary>
/// The store, and who wants to know what was committed to it. Whatever an agent does is a commit first, so what is seen here is
/// all that happens to clips and deliveries, and nothing that did not become durable.
/// </summary>
internal sealed class ObservedStore(IAgentStore store) : IAgentStore
{
    /// <summary>On the agent's thread, after the commit; whoever hears it waits for nothing.</summary>
    public event Action<IReadOnlyList<StoreWrite>>? Committed;

    public event Action<SweepResult>? Swept;

    public async ValueTask<CommitResult> CommitAsync(
        StoreStep step,
        IReadOnlyList<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var result = await store.CommitAsync(step, writes, cancellation);
        if (result == CommitResult.Committed)
        {
            Committed?.Invoke(writes);
        }
        return result;
    }

    public async ValueTask<SweepResult> SweepAsync(
        DateTimeOffset now,
        Retention retention,
        CancellationToken cancellation
    )
    {
        var result = await store.SweepAsync(now, retention, cancellation);
        Swept?.Invoke(result);
        return result;
    }

    public ValueTask<DeviceRecord?> LoadDeviceAsync(CancellationToken cancellation) =>
        store.LoadDeviceAsync(cancellation);

    public ValueTask<CircleRecord> LoadCircleAsync(CancellationToken cancellation) =>
        store.LoadCircleAsync(cancellation);

    public ValueTask<StoredSessions?> LoadSessionsAsync(DeviceId peer, CancellationToken cancellation) =>
        store.LoadSessionsAsync(peer, cancellation);

    public ValueTask<DeviceId?> FindSessionPeerAsync(SessionId session, CancellationToken cancellation) =>
        store.FindSessionPeerAsync(session, cancellation);

    public ValueTask<ReceivedRecord?> FindReceivedAsync(EnvelopeHash envelope, CancellationToken cancellation) =>
        store.FindReceivedAsync(envelope, cancellation);

    public ValueTask<ReceivedRecord?> FindReceivedAsync(
        DeviceId peer,
        MessageId message,
        CancellationToken cancellation
    ) => store.FindReceivedAsync(peer, message, cancellation);

    public ValueTask<IReadOnlyList<ReceivedRecord>> ReceiptsDueAsync(
        DeviceId peer,
        int limit,
        CancellationToken cancellation
    ) => store.ReceiptsDueAsync(peer, limit, cancellation);

    public ValueTask<StoredClip?> FindClipAsync(ClipId clip, CancellationToken cancellation) =>
        store.FindClipAsync(clip, cancellation);

    public ValueTask<StoredClip?> NewestClaimAsync(DateTimeOffset until, CancellationToken cancellation) =>
        store.NewestClaimAsync(until, cancellation);

    public ValueTask<IReadOnlyList<StoredClip>> FindClipsAsync(
        IReadOnlyCollection<ClipId> clips,
        CancellationToken cancellation
    ) => store.FindClipsAsync(clips, cancellation);

    public ValueTask<IReadOnlyList<StoredClip>> HistoryBetweenAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        int limit,
        bool marked,
        CancellationToken cancellation
    ) => store.HistoryBetweenAsync(since, until, limit, marked, cancellation);

    public ValueTask<PreviewPage> ReadPreviewsAsync(long after, int limit, CancellationToken cancellation) =>
        store.ReadPreviewsAsync(after, limit, cancellation);

    public ValueTask<IReadOnlyList<ClipId>> HistoryIdsAsync(CancellationToken cancellation) =>
        store.HistoryIdsAsync(cancellation);

    public ValueTask<bool> IsDeletedAsync(ClipId clip, CancellationToken cancellation) =>
        store.IsDeletedAsync(clip, cancellation);

    public ValueTask<Deletion?> LastDeletionAsync(CancellationToken cancellation) =>
        store.LastDeletionAsync(cancellation);

    public ValueTask<BinRest> EmptyBinAsync(
        DateTimeOffset before,
        DateTimeOffset now,
        int limit,
        CancellationToken cancellation
    ) => store.EmptyBinAsync(before, now, limit, cancellation);

    public ValueTask<bool> CompactAsync(CancellationToken cancellation) => store.CompactAsync(cancellation);

    public ValueTask<IReadOnlyList<StoredClip>> IncompleteClipsAsync(CancellationToken cancellation) =>
        store.IncompleteClipsAsync(cancellation);

    public ValueTask<IReadOnlySet<BlobId>> HeldBlobsAsync(
        IReadOnlyCollection<BlobId> blobs,
        CancellationToken cancellation
    ) => store.HeldBlobsAsync(blobs, cancellation);

    public ValueTask<IReadOnlyList<Delivery>> OutgoingDeliveriesAsync(
        DeviceId peer,
        int limit,
        CancellationToken cancellation
    ) => store.OutgoingDeliveriesAsync(peer, limit, cancellation);

    public ValueTask<IReadOnlyList<Delivery>> UnansweredDeliveriesAsync(
        DeviceId peer,
        CancellationToken cancellation
    ) => store.UnansweredDeliveriesAsync(peer, cancellation);

    public ValueTask<IReadOnlyList<Delivery>> OfferedDeliveriesAsync(DeviceId peer, CancellationToken cancellation) =>
        store.OfferedDeliveriesAsync(peer, cancellation);

    public ValueTask<IReadOnlyList<ReceivedRecord>> ReceivedOfClipAsync(ClipId clip, CancellationToken cancellation) =>
        store.ReceivedOfClipAsync(clip, cancellation);

    public ValueTask<IReadOnlyList<Delivery>> ExpiredDeliveriesAsync(DeviceId peer, CancellationToken cancellation) =>
        store.ExpiredDeliveriesAsync(peer, cancellation);

    public ValueTask<Delivery?> FindDeliveryAsync(DeviceId peer, MessageId message, CancellationToken cancellation) =>
        store.FindDeliveryAsync(peer, message, cancellation);

    public ValueTask<IReadOnlyList<Delivery>> DeliveriesOfClipAsync(ClipId clip, CancellationToken cancellation) =>
        store.DeliveriesOfClipAsync(clip, cancellation);

    public ValueTask<IReadOnlyDictionary<ClipId, IReadOnlyList<Delivery>>> DeliveriesOfClipsAsync(
        IReadOnlyCollection<ClipId> clips,
        CancellationToken cancellation
    ) => store.DeliveriesOfClipsAsync(clips, cancellation);

    public ValueTask<IReadOnlyDictionary<DeviceId, int>> CountPendingAsync(CancellationToken cancellation) =>
        store.CountPendingAsync(cancellation);

    public ValueTask<IReadOnlyDictionary<DeviceId, DateTimeOffset>> AgreementsAsync(CancellationToken cancellation) =>
        store.AgreementsAsync(cancellation);

    public ValueTask<IReadOnlyList<Farewell>> FarewellsAsync(CancellationToken cancellation) =>
        store.FarewellsAsync(cancellation);

    public ValueTask<IReadOnlyList<ClipId>> ClipsOfBlobAsync(BlobId blob, CancellationToken cancellation) =>
        store.ClipsOfBlobAsync(blob, cancellation);

    public ValueTask<bool> IsBlobUploadedAsync(BlobId blob, Uri relay, CancellationToken cancellation) =>
        store.IsBlobUploadedAsync(blob, relay, cancellation);

    public ValueTask<StoreSize> MeasureAsync(CancellationToken cancellation) => store.MeasureAsync(cancellation);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
