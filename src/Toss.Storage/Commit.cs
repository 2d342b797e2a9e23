using Toss.Core.Ports;
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
    DeliveryStore Deliveries,
    FarewellStore Farewells,
    AgreementStore Agreements,
    UploadStore Uploads
)
{
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
                break;
            case EraseHistory erase:
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
        var clips = Clips.BeyondRetention(now, retention);
        foreach (var clip in clips)
        {
            expired += Deliveries.ExpireOf(clip, now);
            Clips.Erase(clip);
        }
        Uploads.Forget(now - Limits.Delivery);
        Deliveries.Forget(now - Limits.ReceivedMemory);
        return new SweepResult(expired, clips.Count);
    }

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
