using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>The tables of one store, and what each <see cref="StoreWrite"/> means to them. Runs inside a transaction.</summary>
internal sealed record Commit(
    Database Database,
    DeviceStore Device,
    CircleStore Circle,
    SessionStore Sessions,
    ReceivedStore Received,
    ClipStore Clips,
    RetentionScan Retention,
    MarkStore Marks,
    BinStore Bin,
    TombstoneStore Tombstones,
    DeliveryStore Deliveries,
    FarewellStore Farewells,
    AgreementStore Agreements,
    UploadStore Uploads
)
{
    public static Commit On(Database database, RowSeal seal)
    {
        var marks = new MarkStore(database, seal);
        var clips = new ClipStore(database, seal, marks);
        return new Commit(
            database,
            new DeviceStore(database, seal),
            new CircleStore(database, seal),
            new SessionStore(database, seal),
            new ReceivedStore(database, seal),
            clips,
            new RetentionScan(database, clips, marks),
            marks,
            new BinStore(database, marks),
            new TombstoneStore(database, seal),
            new DeliveryStore(database, seal),
            new FarewellStore(database, seal),
            new AgreementStore(database, seal),
            new UploadStore(database, seal)
        );
    }

    /// <summary>Whether the last writes removed something that must not stay in the log either.</summary>
    public static bool Erases(StoreWrite write) =>
        write is EraseClip or EraseHistory or EraseCircle or PutCircle or EraseSessions;

    /// <summary>False on a conflict: the caller rolls back.</summary>
    public bool Apply(StoreWrite write)
    {
        switch (write)
        {
            case PutDevice put:
                Device.Put(put.Device);
                break;
            case PutCircle put:
                ReplaceCircle(put.Genesis);
                break;
            case PutStatements put:
                Circle.PutStatements(put.Statements);
                break;
            case PutCard put:
                Circle.PutCard(put);
                break;
            case PutPendingInviter put:
                Circle.PutInviter(put.Pending);
                break;
            case PutSessions put:
                return Sessions.TryPut(put);
            case EraseSessions erase:
                Sessions.Erase(erase.Peer);
                break;
            case InsertClip { UnlessDeleted: true } insert
                when Bin.Has(insert.Clip.Clip.Id) || Tombstones.Has(insert.Clip.Clip.Id):
                break;
            case InsertClip insert:
                Clips.Insert(insert.Clip);
                break;
            case SetClipState set:
                return Clips.TrySetState(set);
            case EndClaims end:
                Clips.EndClaims(end.After.ToUnixTimeMilliseconds());
                break;
            case EraseClip erase:
                // Its rows to peers hold the same content, sealed for them.
                Deliveries.EraseOf(erase.Clip);
                Clips.Erase(erase.Clip.ToBytes());
                Bin.Erase(erase.Clip.ToBytes());
                break;
            case DeleteClips delete:
                Deliveries.ExpireDeleted(Bin.Delete(delete.Clips, delete.At), delete.At);
                break;
            case DeleteHistory delete:
                Deliveries.ExpireDeleted(Bin.DeleteAll(delete.At), delete.At);
                break;
            case RestoreClips restore:
                Bin.Restore(restore.Deletion);
                break;
            case PutTombstone put:
                Tombstones.Put(put.Clip.ToBytes(), put.At);
                break;
            case MarkClip mark:
                Marks.Put(mark);
                break;
            case EraseHistory erase:
                Bin.EraseAll();
                foreach (var clip in Clips.SharedIn(erase.Circle, erase.Until))
                {
                    Deliveries.EraseOf(clip);
                    Clips.Erase(clip.ToBytes());
                }
                break;
            case InsertDelivery insert:
                Deliveries.Insert(insert.Delivery);
                break;
            case SealDelivery seal:
                Deliveries.Seal(seal);
                break;
            case UnsealDelivery unseal:
                Deliveries.Unseal(unseal);
                break;
            case MarkDelivery mark:
                Deliveries.Mark(mark);
                break;
            case EraseDelivery erase:
                Deliveries.Erase(erase.Peer, erase.Message);
                break;
            case EraseDeliveries erase:
                Deliveries.Erase(erase.Peer);
                break;
            case PutAgreement put:
                Agreements.Put(put);
                break;
            case InsertFarewell insert:
                Farewells.Insert(insert.Farewell);
                break;
            case EraseFarewell erase:
                Farewells.Erase(erase.Message);
                break;
            case InsertReceived insert:
                Received.Insert(insert.Received);
                break;
            case SetReceivedOutcome set:
                Received.SetOutcome(set);
                break;
            case SetReceiptDue set:
                Received.SetDue(set);
                break;
            case SetReceiptSent set:
                Received.SetSent(set);
                break;
            case PutBlobUpload put:
                Uploads.Put(put);
                break;
            case EraseBlobUpload erase:
                Uploads.Erase(erase);
                break;
            case EraseCircle erase:
                ForgetCircle();
                Circle.PutInviter(null);
                if (erase.History)
                {
                    Clips.EraseAll();
                    Bin.EraseAll();
                }
                break;
            default:
                throw new ArgumentException(
                    $"The store does not know the write {write.GetType().Name}.",
                    nameof(write)
                );
        }
        return true;
    }

    public SweepResult Sweep(DateTimeOffset now, Retention retention)
    {
        var expired = Deliveries.Expire(now - Limits.Delivery, now);
        Received.Forget(now - Limits.ReceivedMemory);
        Farewells.Forget(now - Limits.Delivery);
        Tombstones.Forget();
        var clips = Retention.Beyond(now, retention);
        foreach (var clip in clips)
        {
            expired += Deliveries.ExpireOf(clip, now);
            Clips.Erase(clip);
        }
        Uploads.Forget(now - Limits.Delivery);
        Deliveries.Forget(now - Limits.ReceivedMemory);
        return new SweepResult(expired, [.. clips.Select(clip => IdOf(clip)).OfType<ClipId>()]);
    }

    /// <summary>Of every row of history, newest first, whether it opens or not.</summary>
    public List<ClipId> HistoryIds() =>
        [
            .. Database
                .All("SELECT id FROM clip ORDER BY ms DESC, counter DESC", row => IdOf(row.Blob(0, "clip")))
                .OfType<ClipId>(),
        ];

    public StoreSize Measure()
    {
        var pinned = Marks.Pinned();
        return new StoreSize(
            (int)Database.Number("SELECT count(*) FROM clip"),
            Database.Number($"SELECT coalesce(sum({ClipStore.Taken}), 0) FROM clip"),
            Database.Number("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        )
        {
            Pinned = pinned.Count,
            PinnedBytes = pinned.Sum(mark => mark.Bytes),
            Deleted = Bin.Count(),
        };
    }

    /// <summary>Deleted long enough ago: erased for good, and remembered by no more than its id.</summary>
    public BinRest EmptyBin(DateTimeOffset before, DateTimeOffset now, int limit)
    {
        var due = Bin.Due(before, now, limit);
        foreach (var clip in due)
        {
            Tombstones.Put(clip, now);
            if (ClipId.TryFrom(clip, out var id))
            {
                Deliveries.EraseOf(id);
            }
            Bin.Erase(clip);
        }
        return new BinRest(due.Count, Bin.Due(before, now, 1).Count > 0, Bin.Oldest());
    }

    private static ClipId? IdOf(ReadOnlySpan<byte> id) => ClipId.TryFrom(id, out var clip) ? clip : null;

    /// <summary>A joiner's first circle keeps what was prepared for it: Cards, and sessions with the inviter.</summary>
    private void ReplaceCircle(Genesis genesis)
    {
        var stored = Circle.LoadGenesis();
        if (stored is not null && !stored.Equals(genesis))
        {
            ForgetCircle();
            if (Circle.LoadInviter() is { } inviter && !inviter.Genesis.Equals(genesis))
            {
                Circle.PutInviter(null);
            }
        }
        Circle.PutGenesis(genesis);
    }

    private void ForgetCircle()
    {
        Circle.Erase();
        Sessions.EraseAll();
        Received.EraseAll();
        Deliveries.EraseAll();
        Agreements.EraseAll();
        Uploads.EraseAll();
    }
}
