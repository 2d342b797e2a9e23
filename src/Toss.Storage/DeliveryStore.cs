using Microsoft.Data.Sqlite;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>Messages on their way, one row per peer and message.</summary>
internal sealed class DeliveryStore(Database database, RowSeal seal)
{
    private const string Table = "delivery";
    private const string StatusColumn = "delivery.status";
    private const string EnvelopeColumn = "delivery.envelope";
    private const byte Format = 1;
    private const int TagSize = 16;
    private const string Select =
        "SELECT peer_tag, message, state, claim, created_ms, delivery.clip, ms, counter, sealed, status, envelope "
        + "FROM delivery ";

    /// <summary>
    /// What stands in `claim` of new rows. Older ones may have another value, which nobody reads but the seal of their status.
    /// </summary>
    private const long Claim = 1;

    /// <summary>What changes while a row lives, beside its state.</summary>
    private sealed record Status(RefusalReason Reason, DateTimeOffset? ChangedAt, SessionId? Session, bool HasEnvelope);

    private sealed record Progress(byte[] Key, DeliveryState State, long Claim, Status Status);

    /// <summary>Ignored if the row is there already.</summary>
    public void Insert(Delivery delivery)
    {
        var key = Key(delivery.Peer, delivery.Message);
        var record = new RecordWriter()
            .Byte(Format)
            .Fixed(delivery.Peer.ToBytes())
            .Time(delivery.CreatedAt)
            .OptionalBytes(delivery.Clip?.ToBytes())
            .OptionalBytes(delivery.Body);
        if (delivery.Stamp is { } stamp)
        {
            record.Byte(1).Int64(stamp.UnixMilliseconds).Int32(stamp.Counter).Fixed(stamp.Origin.ToBytes());
        }
        else
        {
            record.Byte(0);
        }
        var status = new Status(delivery.Reason, delivery.ChangedAt, delivery.Session, delivery.Envelope is not null);
        database.Execute(
            "INSERT INTO delivery (peer_tag, message, state, claim, created_ms, clip, ms, counter, sealed, status, "
                + "envelope) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
                + "ON CONFLICT (peer_tag, message) DO NOTHING",
            key[..TagSize],
            key[TagSize..],
            (long)delivery.State,
            Claim,
            delivery.CreatedAt.ToUnixTimeMilliseconds(),
            delivery.Clip?.ToBytes(),
            delivery.Stamp?.UnixMilliseconds,
            delivery.Stamp is { } at ? (long)at.Counter : null,
            seal.Seal(Table, RowSeal.Row(key), record),
            SealStatus(key, delivery.State, Claim, status),
            delivery.Envelope is { } envelope ? SealEnvelope(key, envelope) : null
        );
    }

    /// <summary>Only a waiting row takes bytes: those of a sealed one never change, its keys are used up.</summary>
    public void Seal(SealDelivery write)
    {
        if (Load(write.Peer, write.Message) is { State: DeliveryState.Waiting } row)
        {
            var status = row.Status with { ChangedAt = write.At, Session = write.Session, HasEnvelope = true };
            Update(row with { State = DeliveryState.Sealed, Status = status }, SealEnvelope(row.Key, write.Envelope));
        }
    }

    public void Unseal(UnsealDelivery write)
    {
        if (Load(write.Peer, write.Message) is { State: DeliveryState.Sealed or DeliveryState.Sent } row)
        {
            var status = row.Status with { Session = null, HasEnvelope = false };
            Update(row with { State = DeliveryState.Waiting, Status = status }, null);
        }
    }

    /// <summary>
    /// An answer is final, but for an offer, which another answer follows when somebody pasted. Only a late answer changes an
    /// expired row.
    /// </summary>
    public void Mark(MarkDelivery write)
    {
        if (
            Load(write.Peer, write.Message) is not { } row
            || IsAnswered(row.State)
            || (row.State is DeliveryState.Expired or DeliveryState.Offered && !IsAnswer(write.State))
        )
        {
            return;
        }
        var over = write.State >= DeliveryState.Applied;
        var status = row.Status with
        {
            Reason = write.State == DeliveryState.Refused ? write.Reason : RefusalReason.None,
            ChangedAt = write.At,
            HasEnvelope = row.Status.HasEnvelope && !over,
        };
        Update(row with { State = write.State, Status = status });
    }

    public void Erase(DeviceId peer) => database.Execute("DELETE FROM delivery WHERE peer_tag = $1", PeerTag(peer));

    public void Erase(DeviceId peer, MessageId message)
    {
        var key = Key(peer, message);
        database.Execute("DELETE FROM delivery WHERE peer_tag = $1 AND message = $2", key[..TagSize], key[TagSize..]);
    }

    public void EraseOf(ClipId clip) => database.Execute("DELETE FROM delivery WHERE clip = $1", clip.ToBytes());

    public void EraseAll() => database.Execute("DELETE FROM delivery");

    // "state < 2" and "state <= 2" are the predicates of the indices: SQLite uses those only if the query says the same.
    // A row without a clip is one with a body of its own.
    public List<Delivery> Outgoing(DeviceId peer, int limit) =>
        database.All(
            Select
                + "WHERE peer_tag = $1 AND state < 2 ORDER BY clip IS NULL DESC, created_ms DESC, number DESC LIMIT $2",
            Read,
            PeerTag(peer),
            (long)limit
        );

    public List<Delivery> Unanswered(DeviceId peer) =>
        database.All(
            Select + "WHERE peer_tag = $1 AND state <= 2 AND state = 2 ORDER BY created_ms, number",
            Read,
            PeerTag(peer)
        );

    public List<Delivery> Offered(DeviceId peer) =>
        database.All(Select + "WHERE peer_tag = $1 AND state = 7 ORDER BY created_ms, number", Read, PeerTag(peer));

    public List<Delivery> Expired(DeviceId peer) =>
        database.All(
            Select
                + "WHERE peer_tag = $1 AND state = 6 "
                + "AND (clip IS NULL OR EXISTS (SELECT 1 FROM clip WHERE clip.id = delivery.clip)) "
                + "ORDER BY created_ms, number",
            Read,
            PeerTag(peer)
        );

    public Delivery? Find(DeviceId peer, MessageId message)
    {
        var key = Key(peer, message);
        return database.First(Select + "WHERE peer_tag = $1 AND message = $2", Read, key[..TagSize], key[TagSize..]);
    }

    /// <summary>By clip; in each the oldest first.</summary>
    public Dictionary<ClipId, IReadOnlyList<Delivery>> OfClips(IReadOnlyCollection<ClipId> clips) =>
        database
            .All(IdPage.Cte + Select + "JOIN page ON delivery.clip = page.clip", Read, IdPage.Of(clips))
            .GroupBy(row => row.Clip!.Value)
            .ToDictionary(rows => rows.Key, rows => (IReadOnlyList<Delivery>)[.. rows]);

    public List<Delivery> OfClip(ClipId clip) =>
        database.All(Select + "WHERE clip = $1 ORDER BY number", Read, clip.ToBytes());

    public Dictionary<DeviceId, int> CountPending()
    {
        var counts = database.All(
            "SELECT count(*), max(number) FROM delivery WHERE state <= 2 GROUP BY peer_tag ORDER BY peer_tag",
            row => (Rows: row.Integer(0, Table), Number: row.Integer(1, Table))
        );
        // The peer's id is in the sealed part of each of its rows; one tells.
        return counts.ToDictionary(
            count => database.First(Select + "WHERE number = $1", Read, count.Number)!.Peer,
            count => (int)count.Rows
        );
    }

    /// <summary>How many rows became expired.</summary>
    public int Expire(DateTimeOffset before, DateTimeOffset now) =>
        Expire("WHERE state <= 2 AND created_ms < $1", before.ToUnixTimeMilliseconds(), now);

    /// <summary>A clip that history no longer keeps cannot be sealed any more.</summary>
    public int ExpireOf(byte[] clip, DateTimeOffset now) => Expire("WHERE clip = $1 AND state <= 2", clip, now);

    /// <summary>What had not left of clips that were deleted. If they are put back, it is sent again.</summary>
    public int ExpireDeleted(long deletion, DateTimeOffset now) =>
        Expire("WHERE state <= 2 AND clip IN (SELECT id FROM bin WHERE deletion = $1)", deletion, now);

    /// <summary>Rows that are over and that no clip in history shows any more.</summary>
    public void Forget(DateTimeOffset before) =>
        database.Execute(
            "DELETE FROM delivery WHERE created_ms < $1 AND state > 2 AND NOT EXISTS "
                + "(SELECT 1 FROM clip WHERE clip.id = delivery.clip)",
            before.ToUnixTimeMilliseconds()
        );

    private int Expire(string where, object value, DateTimeOffset now)
    {
        var rows = database.All(
            "SELECT peer_tag, message, state, claim, status FROM delivery " + where,
            ReadProgress,
            value
        );
        foreach (var row in rows)
        {
            var status = row.Status with { ChangedAt = now, HasEnvelope = false };
            Update(row with { State = DeliveryState.Expired, Status = status });
        }
        return rows.Count;
    }

    private static bool IsAnswered(DeliveryState state) =>
        state is DeliveryState.Applied or DeliveryState.Kept or DeliveryState.Refused;

    private static bool IsAnswer(DeliveryState state) => IsAnswered(state) || state == DeliveryState.Offered;

    private Progress? Load(DeviceId peer, MessageId message)
    {
        var key = Key(peer, message);
        return database.First(
            "SELECT peer_tag, message, state, claim, status FROM delivery WHERE peer_tag = $1 AND message = $2",
            ReadProgress,
            key[..TagSize],
            key[TagSize..]
        );
    }

    private Progress ReadProgress(SqliteDataReader row)
    {
        byte[] key = [.. row.Blob(0, Table), .. row.Blob(1, Table)];
        var state = row.Integer(2, Table);
        var claim = row.Integer(3, Table);
        return new Progress(key, (DeliveryState)state, claim, OpenStatus(key, state, claim, row.Blob(4, Table)));
    }

    /// <summary>Leaves the envelope as it is, or erases it if there is none any more.</summary>
    private void Update(Progress row) =>
        database.Execute(
            "UPDATE delivery SET state = $3, status = $4, envelope = iif($5, envelope, NULL) "
                + "WHERE peer_tag = $1 AND message = $2",
            row.Key[..TagSize],
            row.Key[TagSize..],
            (long)row.State,
            SealStatus(row.Key, row.State, row.Claim, row.Status),
            row.Status.HasEnvelope ? 1L : 0L
        );

    private void Update(Progress row, byte[]? envelope) =>
        database.Execute(
            "UPDATE delivery SET state = $3, status = $4, envelope = $5 " + "WHERE peer_tag = $1 AND message = $2",
            row.Key[..TagSize],
            row.Key[TagSize..],
            (long)row.State,
            SealStatus(row.Key, row.State, row.Claim, row.Status),
            envelope
        );

    private byte[] SealEnvelope(byte[] key, ReadOnlyMemory<byte> envelope) =>
        seal.Seal(EnvelopeColumn, RowSeal.Row(key), envelope.Span);

    private ReadOnlyMemory<byte>? OpenEnvelope(byte[] key, byte[]? sealedEnvelope)
    {
        if (sealedEnvelope is null)
        {
            return null;
        }
        return seal.Open(EnvelopeColumn, RowSeal.Row(key), sealedEnvelope);
    }

    private byte[] SealStatus(byte[] key, DeliveryState state, long claim, Status status) =>
        seal.Seal(
            StatusColumn,
            RowSeal.Row(key, (long)state, claim),
            new RecordWriter()
                .Byte(Format)
                .Int32((int)status.Reason)
                .OptionalTime(status.ChangedAt)
                .OptionalBytes(status.Session?.ToBytes())
                .Byte(status.HasEnvelope ? 1 : 0)
        );

    private Status OpenStatus(byte[] key, long state, long claim, byte[] sealedStatus)
    {
        var reader = new RecordReader(seal.Open(StatusColumn, RowSeal.Row(key, state, claim), sealedStatus));
        var format = reader.Byte();
        var reason = (RefusalReason)reader.Int32();
        var changedAt = reader.OptionalTime();
        SessionId? session = null;
        var intact = format == Format;
        if (reader.OptionalBytes() is { } bytes)
        {
            intact &= SessionId.TryFrom(bytes.Span, out var id);
            session = id;
        }
        var hasEnvelope = reader.Flag();
        return intact && reader.Complete
            ? new Status(reason, changedAt, session, hasEnvelope)
            : throw DamagedRow.Of(Table);
    }

    private Delivery Read(SqliteDataReader row)
    {
        byte[] key = [.. row.Blob(0, Table), .. row.Blob(1, Table)];
        var state = row.Integer(2, Table);
        var claim = row.Integer(3, Table);
        var status = OpenStatus(key, state, claim, row.Blob(9, Table));
        var reader = new RecordReader(seal.Open(Table, RowSeal.Row(key), row.Blob(8, Table)));
        var intact = reader.Byte() == Format;
        intact &= DeviceId.TryFrom(reader.Fixed(DeviceId.Size).Span, out var peer);
        intact &= MessageId.TryFrom(key.AsSpan(TagSize), out var message);
        var createdAt = reader.Time();
        ClipId? clip = null;
        if (reader.OptionalBytes() is { } bytes)
        {
            intact &= ClipId.TryFrom(bytes.Span, out var id);
            clip = id;
        }
        var body = reader.OptionalBytes();
        ClipStamp? stamp = null;
        if (reader.Flag())
        {
            var milliseconds = reader.Int64();
            var counter = unchecked((ushort)reader.Int32());
            intact &= DeviceId.TryFrom(reader.Fixed(DeviceId.Size).Span, out var origin);
            stamp = new ClipStamp(milliseconds, counter, origin);
        }
        var sealedEnvelope = row.OptionalBlob(10, Table);
        // The clear columns repeat what is sealed; a difference is damage.
        intact &=
            reader.Complete
            && row.Integer(4, Table) == createdAt.ToUnixTimeMilliseconds()
            && (row.OptionalBlob(5, Table) ?? []).AsSpan().SequenceEqual(clip?.ToBytes() ?? [])
            && row.OptionalInteger(6, Table) == stamp?.UnixMilliseconds
            && row.OptionalInteger(7, Table) == stamp?.Counter
            && status.HasEnvelope == sealedEnvelope is not null;
        if (!intact)
        {
            throw DamagedRow.Of(Table);
        }
        return new Delivery(
            peer,
            message,
            (DeliveryState)state,
            createdAt,
            clip,
            stamp,
            body,
            OpenEnvelope(key, sealedEnvelope),
            status.Session,
            status.ChangedAt,
            status.Reason
        );
    }

    private byte[] Key(DeviceId peer, MessageId message) => [.. PeerTag(peer), .. message.ToBytes()];

    private byte[] PeerTag(DeviceId peer) => seal.Tag(Table, peer.ToBytes());
}
