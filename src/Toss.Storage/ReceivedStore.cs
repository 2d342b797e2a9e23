using Microsoft.Data.Sqlite;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>Messages that acted here, and the receipts owed for them.</summary>
internal sealed class ReceivedStore(Database database, RowSeal seal)
{
    private const string Table = "received";
    private const string StatusColumn = "received.status";
    private const byte Format = 1;
    private const string Select =
        "SELECT peer_tag, message, envelope_tag, received_ms, due, sealed, status FROM received ";

    private sealed record Status(Receipt.Types.Outcome Outcome, RefusalReason Reason, DateTimeOffset? ReceiptSentAt);

    /// <summary>Ignored if the message is known.</summary>
    public void Insert(ReceivedRecord received)
    {
        var key = Key(received.Peer, received.Message);
        var envelope = EnvelopeTag(received.Envelope);
        var time = received.ReceivedAt.ToUnixTimeMilliseconds();
        var record = new RecordWriter()
            .Byte(Format)
            .Fixed(received.Peer.ToBytes())
            .Fixed(received.Envelope.ToBytes())
            .OptionalBytes(received.Clip?.ToBytes())
            .Time(received.ReceivedAt);
        var status = new Status(received.Outcome, received.Reason, received.ReceiptSentAt);
        database.Execute(
            "INSERT INTO received (peer_tag, message, envelope_tag, received_ms, due, sealed, status, clip_tag) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (peer_tag, message) DO NOTHING",
            key[..TagSize],
            key[TagSize..],
            envelope,
            time,
            received.ReceiptDue ? 1L : 0L,
            seal.Seal(Table, RowSeal.Row([.. key, .. envelope], time), record),
            SealStatus(key, received.ReceiptDue, status),
            received.Clip is { } clip ? ClipTag(clip) : Array.Empty<byte>()
        );
    }

    public void SetOutcome(SetReceivedOutcome write) =>
        Update(
            write.Peer,
            write.Message,
            status => status with { Outcome = write.Outcome, Reason = write.Reason },
            due: true
        );

    public void SetDue(SetReceiptDue write) => Update(write.Peer, write.Message, status => status, due: true);

    public void SetSent(SetReceiptSent write) =>
        Update(
            write.Peer,
            write.Message,
            status => status with { ReceiptSentAt = write.At },
            due: false,
            status => write.Outcome is null || write.Outcome == status.Outcome
        );

    public ReceivedRecord? Find(EnvelopeHash envelope) =>
        database.First(Select + "WHERE envelope_tag = $1", Read, EnvelopeTag(envelope));

    public ReceivedRecord? Find(DeviceId peer, MessageId message)
    {
        var key = Key(peer, message);
        return database.First(Select + "WHERE peer_tag = $1 AND message = $2", Read, key[..TagSize], key[TagSize..]);
    }

    public List<ReceivedRecord> Due(DeviceId peer, int limit) =>
        database.All(
            Select + "WHERE due = 1 AND peer_tag = $1 ORDER BY received_ms, number LIMIT $2",
            Read,
            PeerTag(peer),
            (long)limit
        );

    /// <summary>Who brought a clip; of messages that an earlier version stored, each is opened to see whether it did.</summary>
    public List<ReceivedRecord> OfClip(ClipId clip) =>
        [
            .. database
                .All(Select + "WHERE clip_tag = $1 OR clip_tag IS NULL", Read, ClipTag(clip))
                .Where(received => received.Clip == clip)
                .OrderBy(received => received.ReceivedAt),
        ];

    public void Forget(DateTimeOffset before) =>
        database.Execute("DELETE FROM received WHERE received_ms < $1", before.ToUnixTimeMilliseconds());

    public void EraseAll() => database.Execute("DELETE FROM received");

    private const int TagSize = 16;

    private void Update(
        DeviceId peer,
        MessageId message,
        Func<Status, Status> change,
        bool due,
        Func<Status, bool>? when = null
    )
    {
        var key = Key(peer, message);
        var stored = database.First(
            "SELECT due, status FROM received WHERE peer_tag = $1 AND message = $2",
            row => OpenStatus(key, row.Integer(0, Table), row.Blob(1, Table)),
            key[..TagSize],
            key[TagSize..]
        );
        if (stored is not null && when?.Invoke(stored) != false)
        {
            database.Execute(
                "UPDATE received SET due = $3, status = $4 WHERE peer_tag = $1 AND message = $2",
                key[..TagSize],
                key[TagSize..],
                due ? 1L : 0L,
                SealStatus(key, due, change(stored))
            );
        }
    }

    private byte[] SealStatus(byte[] key, bool due, Status status) =>
        seal.Seal(
            StatusColumn,
            RowSeal.Row(key, due ? 1 : 0),
            new RecordWriter()
                .Byte(Format)
                .Int32((int)status.Outcome)
                .Int32((int)status.Reason)
                .OptionalTime(status.ReceiptSentAt)
        );

    private Status OpenStatus(byte[] key, long due, byte[] sealedStatus)
    {
        var reader = new RecordReader(seal.Open(StatusColumn, RowSeal.Row(key, due), sealedStatus));
        var format = reader.Byte();
        var status = new Status(
            (Receipt.Types.Outcome)reader.Int32(),
            (RefusalReason)reader.Int32(),
            reader.OptionalTime()
        );
        return format == Format && reader.Complete ? status : throw DamagedRow.Of(Table);
    }

    private ReceivedRecord Read(SqliteDataReader row)
    {
        byte[] key = [.. row.Blob(0, Table), .. row.Blob(1, Table)];
        var envelopeTag = row.Blob(2, Table);
        var due = row.Integer(4, Table);
        var reader = new RecordReader(
            seal.Open(Table, RowSeal.Row([.. key, .. envelopeTag], row.Integer(3, Table)), row.Blob(5, Table))
        );
        var format = reader.Byte();
        var intact =
            DeviceId.TryFrom(reader.Fixed(DeviceId.Size).Span, out var peer)
            & EnvelopeHash.TryFrom(reader.Fixed(EnvelopeHash.Size).Span, out var envelope)
            & MessageId.TryFrom(key.AsSpan(TagSize), out var message);
        ClipId? clip = null;
        if (reader.OptionalBytes() is { } bytes)
        {
            intact &= ClipId.TryFrom(bytes.Span, out var id);
            clip = id;
        }
        var receivedAt = reader.Time();
        if (!intact || !reader.Complete || format != Format)
        {
            throw DamagedRow.Of(Table);
        }
        var status = OpenStatus(key, due, row.Blob(6, Table));
        return new ReceivedRecord(
            peer,
            message,
            envelope,
            clip,
            status.Outcome,
            status.Reason,
            due == 1,
            receivedAt,
            status.ReceiptSentAt
        );
    }

    private byte[] Key(DeviceId peer, MessageId message) => [.. PeerTag(peer), .. message.ToBytes()];

    private byte[] PeerTag(DeviceId peer) => seal.Tag(Table, peer.ToBytes());

    private byte[] ClipTag(ClipId clip) => seal.Tag("received.clip", clip.ToBytes());

    private byte[] EnvelopeTag(EnvelopeHash envelope) => seal.Tag("received.envelope", envelope.ToBytes());
}
