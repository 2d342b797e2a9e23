using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>
/// Everything a device remembers. A step of the agent is one commit: all of its writes become durable, or none. Queries
/// see every commit that completed. One caller: the agent's thread. Fails with <see cref="StoreException"/> only.
/// </summary>
public interface IAgentStore : IAsyncDisposable
{
    /// <summary>
    /// Writes in order, in one transaction, durable when it returns (SQLite `synchronous=FULL`).
    /// <see cref="CommitResult.Conflict"/> if a <see cref="PutSessions"/> expected another version, or a
    /// <see cref="SetClipState"/> another state: nothing is written.
    /// </summary>
    ValueTask<CommitResult> CommitAsync(
        StoreStep step,
        IReadOnlyList<StoreWrite> writes,
        CancellationToken cancellation
    );

    /// <summary>Null before the first start.</summary>
    ValueTask<DeviceRecord?> LoadDeviceAsync(CancellationToken cancellation);

    ValueTask<CircleRecord> LoadCircleAsync(CancellationToken cancellation);

    ValueTask<StoredSessions?> LoadSessionsAsync(DeviceId peer, CancellationToken cancellation);

    /// <summary>Which peer a session id belongs to.</summary>
    ValueTask<DeviceId?> FindSessionPeerAsync(SessionId session, CancellationToken cancellation);

    ValueTask<ReceivedRecord?> FindReceivedAsync(EnvelopeHash envelope, CancellationToken cancellation);

    ValueTask<ReceivedRecord?> FindReceivedAsync(DeviceId peer, MessageId message, CancellationToken cancellation);

    /// <summary>Receipts not yet sent, oldest first.</summary>
    ValueTask<IReadOnlyList<ReceivedRecord>> ReceiptsDueAsync(DeviceId peer, int limit, CancellationToken cancellation);

    ValueTask<StoredClip?> FindClipAsync(ClipId clip, CancellationToken cancellation);

    /// <summary>
    /// The clip whose stamp is greatest among those that may claim the clipboard and are not stamped after
    /// <paramref name="until"/>; null if there is none.
    /// </summary>
    ValueTask<StoredClip?> NewestClaimAsync(DateTimeOffset until, CancellationToken cancellation);

    /// <summary>Those of <paramref name="clips"/> that are in history and not damaged, in no order.</summary>
    ValueTask<IReadOnlyList<StoredClip>> FindClipsAsync(
        IReadOnlyCollection<ClipId> clips,
        CancellationToken cancellation
    );

    /// <summary>Clips stamped in this time, both ends included, newest first; <paramref name="marked"/>: only those with a pin or a tag.</summary>
    ValueTask<IReadOnlyList<StoredClip>> HistoryBetweenAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        int limit,
        bool marked,
        CancellationToken cancellation
    );

    /// <summary>
    /// What a search looks through, in the order in which it was stored: rows after that place, at most so many. The caller disposes the
    /// page, which holds plaintext. What is damaged is left out and counted.
    /// </summary>
    ValueTask<PreviewPage> ReadPreviewsAsync(long after, int limit, CancellationToken cancellation);

    /// <summary>All of history by its ids, newest first; of damaged clips too, which a listing leaves out.</summary>
    ValueTask<IReadOnlyList<ClipId>> HistoryIdsAsync(CancellationToken cancellation);

    /// <summary>Whether somebody deleted this clip here, or everywhere: it is not taken again.</summary>
    ValueTask<bool> IsDeletedAsync(ClipId clip, CancellationToken cancellation);

    /// <summary>The last deletion that can be undone; null if there is none.</summary>
    ValueTask<Deletion?> LastDeletionAsync(CancellationToken cancellation);

    /// <summary>
    /// What was deleted before then, or after <paramref name="now"/> by a clock that was ahead, is erased for good, at most so many clips in
    /// one transaction, and remembered by a tombstone. With a limit of zero it only says whether there is something.
    /// </summary>
    ValueTask<BinRest> EmptyBinAsync(
        DateTimeOffset before,
        DateTimeOffset now,
        int limit,
        CancellationToken cancellation
    );

    /// <summary>Gives some of the database's free pages back to the file system; true if there are more.</summary>
    ValueTask<bool> CompactAsync(CancellationToken cancellation);

    /// <summary>Clips with blobs that are not here yet, wanted ones too, newest first.</summary>
    ValueTask<IReadOnlyList<StoredClip>> IncompleteClipsAsync(CancellationToken cancellation);

    /// <summary>Those of <paramref name="blobs"/> that a clip in history holds: the files of the others may be deleted.</summary>
    ValueTask<IReadOnlySet<BlobId>> HeldBlobsAsync(IReadOnlyCollection<BlobId> blobs, CancellationToken cancellation);

    /// <summary>The clips in history of which a blob is part.</summary>
    ValueTask<IReadOnlyList<ClipId>> ClipsOfBlobAsync(BlobId blob, CancellationToken cancellation);

    /// <summary>Rows that wait or were sealed but not accepted by a path: what is no clip first (a roster), then newest first.</summary>
    ValueTask<IReadOnlyList<Delivery>> OutgoingDeliveriesAsync(
        DeviceId peer,
        int limit,
        CancellationToken cancellation
    );

    /// <summary>Rows a path accepted and the peer has not answered, oldest first.</summary>
    ValueTask<IReadOnlyList<Delivery>> UnansweredDeliveriesAsync(DeviceId peer, CancellationToken cancellation);

    /// <summary>What a peer knows of and does not have, oldest first.</summary>
    ValueTask<IReadOnlyList<Delivery>> OfferedDeliveriesAsync(DeviceId peer, CancellationToken cancellation);

    /// <summary>The messages that brought this clip, of those that are remembered.</summary>
    ValueTask<IReadOnlyList<ReceivedRecord>> ReceivedOfClipAsync(ClipId clip, CancellationToken cancellation);

    /// <summary>Rows to a peer that expired unanswered, oldest first; those of clips that history does not hold any more are left out.</summary>
    ValueTask<IReadOnlyList<Delivery>> ExpiredDeliveriesAsync(DeviceId peer, CancellationToken cancellation);

    ValueTask<Delivery?> FindDeliveryAsync(DeviceId peer, MessageId message, CancellationToken cancellation);

    ValueTask<IReadOnlyList<Delivery>> DeliveriesOfClipAsync(ClipId clip, CancellationToken cancellation);

    /// <summary>The same of many clips at once; those without any are not in it.</summary>
    ValueTask<IReadOnlyDictionary<ClipId, IReadOnlyList<Delivery>>> DeliveriesOfClipsAsync(
        IReadOnlyCollection<ClipId> clips,
        CancellationToken cancellation
    );

    /// <summary>Rows not yet answered (waiting, sealed or sent), per peer.</summary>
    ValueTask<IReadOnlyDictionary<DeviceId, int>> CountPendingAsync(CancellationToken cancellation);

    /// <summary>When each peer last knew the same circle; see <see cref="PutAgreement"/>.</summary>
    ValueTask<IReadOnlyDictionary<DeviceId, DateTimeOffset>> AgreementsAsync(CancellationToken cancellation);

    /// <summary>Farewells that nobody confirmed yet, oldest first.</summary>
    ValueTask<IReadOnlyList<Farewell>> FarewellsAsync(CancellationToken cancellation);

    /// <summary>Relays that hold this blob for us.</summary>
    ValueTask<bool> IsBlobUploadedAsync(BlobId blob, Uri relay, CancellationToken cancellation);

    /// <summary>What history takes: clips, the bytes of their content, and of the files they are stored in.</summary>
    ValueTask<StoreSize> MeasureAsync(CancellationToken cancellation);

    /// <summary>
    /// Applies retention and expiry in one transaction: rows past <see cref="Limits.Delivery"/> become expired, farewells
    /// as old are erased, received
    /// hashes past <see cref="Limits.ReceivedMemory"/> are forgotten, history beyond what is kept is erased as
    /// by <see cref="EraseClip"/>.
    /// </summary>
    ValueTask<SweepResult> SweepAsync(DateTimeOffset now, Retention retention, CancellationToken cancellation);
}

public enum CommitResult
{
    Committed,
    Conflict,
}

/// <summary>The durable steps of an agent. Each is one transaction; fault tests end the process before and after each.</summary>
public enum StoreStep
{
    CreateDevice,
    ChangeDevice,
    RecordClip,
    SealDelivery,
    SendDelivery,
    OpenEnvelope,
    SealUnqueued,
    RecordReceipts,
    CompleteClip,
    RecordOutcome,
    HoldInviter,
    AdmitNewcomer,
    JoinCircle,
    MergeRoster,
    RevokeDevice,
    LeaveCircle,
    RotateKeys,
    RecordUpload,
    FreeUpload,
    DropSessions,
    Greet,
    EndFarewell,
    EraseHistory,
    Reunite,
    CancelTransfer,
    WantClip,
    ChangeHistory,
}

/// <summary>One write of a commit. A closed set: storage knows each.</summary>
public abstract record StoreWrite;

public sealed record PutDevice(DeviceRecord Device) : StoreWrite;

/// <summary>Sets the circle's Genesis; erases everything of another circle, history and farewells excepted.</summary>
public sealed record PutCircle(Genesis Genesis) : StoreWrite;

/// <summary>Adds statements that are not there yet.</summary>
public sealed record PutStatements(IReadOnlyList<Signed> Statements) : StoreWrite;

/// <summary>Replaces this device's Card.</summary>
public sealed record PutCard(DeviceId Device, Signed Card, ulong Version) : StoreWrite;

/// <summary>Null erases.</summary>
public sealed record PutPendingInviter(PendingInviter? Pending) : StoreWrite;

/// <summary>Only if the stored version is <paramref name="ExpectedVersion"/> (0: no row yet); the new version is one more.</summary>
public sealed record PutSessions(
    DeviceId Peer,
    ulong ExpectedVersion,
    ReadOnlyMemory<byte> Sessions,
    IReadOnlyList<SessionId> Ids
) : StoreWrite;

public sealed record EraseSessions(DeviceId Peer) : StoreWrite;

/// <summary>Ignored if the clip is there already.</summary>
public sealed record InsertClip(StoredClip Clip) : StoreWrite
{
    /// <summary>Ignored also if it was deleted: here or everywhere, and is remembered as that.</summary>
    public bool UnlessDeleted { get; init; }
}

/// <summary>A clip whose content does not come holds no blobs any more; one that waits for it again does.</summary>
/// <param name="From">
/// Null: whatever it was. Else only from one of these states; from another one, or none, the commit is a
/// <see cref="CommitResult.Conflict"/>.
/// </param>
public sealed record SetClipState(ClipId Clip, ClipState State, IReadOnlyList<ClipState>? From = null) : StoreWrite;

/// <summary>Erases a clip everywhere in this store. Files of its blobs are the caller's: <see cref="IAgentStore.HeldBlobsAsync"/>.</summary>
public sealed record EraseClip(ClipId Clip) : StoreWrite;

/// <summary>
/// Takes clips out of history, for <see cref="RestoreClips"/> to put back or <see cref="IAgentStore.EmptyBinAsync"/> to erase. Until then their
/// blobs are held. What had not left of them does not leave any more.
/// </summary>
public sealed record DeleteClips(IReadOnlyCollection<ClipId> Clips, DateTimeOffset At) : StoreWrite;

/// <summary>The same of all clips but those that are pinned.</summary>
public sealed record DeleteHistory(DateTimeOffset At) : StoreWrite;

/// <summary>Undoes a deletion: its clips are in history as they were.</summary>
public sealed record RestoreClips(long Deletion) : StoreWrite;

/// <summary>This clip is not taken again, whoever brings it. Written with what erases it.</summary>
public sealed record PutTombstone(ClipId Clip, DateTimeOffset At) : StoreWrite;

/// <summary>Ignored if the clip is not in history.</summary>
public sealed record MarkClip(ClipId Clip, ClipMark Mark) : StoreWrite;

/// <summary>
/// Erases the clips that were shared in a circle and came no later than <paramref name="Until"/>, since a device may come back
/// to it; each as by <see cref="EraseClip"/>, and all that was deleted and not erased yet. Opens the whole history once.
/// </summary>
public sealed record EraseHistory(CircleId Circle, DateTimeOffset Until) : StoreWrite;

public sealed record InsertDelivery(Delivery Delivery) : StoreWrite;

/// <summary>Puts the sealed bytes into a waiting row; resending repeats them.</summary>
public sealed record SealDelivery(
    DeviceId Peer,
    MessageId Message,
    ReadOnlyMemory<byte> Envelope,
    SessionId Session,
    DateTimeOffset At
) : StoreWrite;

/// <summary>Back to waiting, without bytes: only a new session reseals.</summary>
public sealed record UnsealDelivery(DeviceId Peer, MessageId Message) : StoreWrite;

/// <summary>Sets the state and, for refused, its reason. A row that was answered never changes again.</summary>
public sealed record MarkDelivery(
    DeviceId Peer,
    MessageId Message,
    DeliveryState State,
    RefusalReason Reason,
    DateTimeOffset At
) : StoreWrite;

/// <summary>Erases one row.</summary>
public sealed record EraseDelivery(DeviceId Peer, MessageId Message) : StoreWrite;

/// <summary>Erases every row to a peer.</summary>
public sealed record EraseDeliveries(DeviceId Peer) : StoreWrite;

/// <summary>This peer's roster was the same as ours at that time. Ends with the circle.</summary>
public sealed record PutAgreement(DeviceId Peer, DateTimeOffset At) : StoreWrite;

/// <summary>A row per address and message.</summary>
/// <summary>Clips stamped later than this do not claim the clipboard any more; they stay in history.</summary>
public sealed record EndClaims(DateTimeOffset After) : StoreWrite;

public sealed record InsertFarewell(Farewell Farewell) : StoreWrite;

public sealed record EraseFarewell(MessageId Message) : StoreWrite;

public sealed record InsertReceived(ReceivedRecord Received) : StoreWrite;

/// <summary>What became of a received message; the receipt is due again.</summary>
public sealed record SetReceivedOutcome(
    DeviceId Peer,
    MessageId Message,
    Receipt.Types.Outcome Outcome,
    RefusalReason Reason
) : StoreWrite;

/// <summary>A known envelope came again: repeat its receipt.</summary>
public sealed record SetReceiptDue(DeviceId Peer, MessageId Message) : StoreWrite;

/// <summary>It is not due any more.</summary>
/// <param name="Outcome">What was told; nothing happens if another one is known by now. Null: whatever it is.</param>
public sealed record SetReceiptSent(
    DeviceId Peer,
    MessageId Message,
    DateTimeOffset At,
    Receipt.Types.Outcome? Outcome = null
) : StoreWrite;

public sealed record PutBlobUpload(BlobId Blob, Uri Relay, DateTimeOffset At) : StoreWrite;

/// <summary>The relay holds it no more, or is about to be told to free it.</summary>
public sealed record EraseBlobUpload(BlobId Blob, Uri Relay) : StoreWrite;

/// <summary>Forgets everything kept under the circle that was left, history included if asked: then as <see cref="EraseClip"/>.</summary>
public sealed record EraseCircle(bool History) : StoreWrite;

public sealed record StoredSessions(ulong Version, ReadOnlyMemory<byte> Sessions);

/// <param name="ContentBytes">Of whole clips, large formats included.</param>
/// <param name="FileBytes">Of the database, in which small formats are.</param>
public sealed record StoreSize(int Clips, long ContentBytes, long FileBytes)
{
    /// <summary>Of <see cref="Clips"/>: pinned.</summary>
    public int Pinned { get; init; }

    /// <summary>Of <see cref="ContentBytes"/>.</summary>
    public long PinnedBytes { get; init; }

    /// <summary>Beside them: deleted, and not erased yet.</summary>
    public int Deleted { get; init; }
}

/// <summary>What one command deleted.</summary>
/// <param name="Number">For <see cref="RestoreClips"/>.</param>
public sealed record Deletion(long Number, DateTimeOffset At, IReadOnlyList<ClipId> Clips);

/// <param name="Erased">How many clips.</param>
/// <param name="HasMore">Others are to be erased too: the limit was reached.</param>
/// <param name="OldestAt">When the oldest that is left was deleted; null if none is.</param>
public sealed record BinRest(int Erased, bool HasMore, DateTimeOffset? OldestAt);

/// <param name="Expired">Rows to peers.</param>
/// <param name="Erased">Clips that history does not hold any more.</param>
public sealed record SweepResult(int Expired, IReadOnlyList<ClipId> Erased);

/// <summary>The disk said no, or what it holds is not ours. The message says what to do; it never holds content.</summary>
public sealed class StoreException(StoreFailure failure, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public StoreFailure Failure { get; } = failure;
}

public enum StoreFailure
{
    DiskFull,
    ReadOnly,

    /// <summary>A row does not open under our key, or the file is not a database.</summary>
    Damaged,

    /// <summary>Written by a newer Toss: update this one.</summary>
    NewerVersion,

    /// <summary>Another process holds it.</summary>
    Busy,
    Other,
}
