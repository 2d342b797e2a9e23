using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>Farewells on their way; they belong to no circle, so that they outlive the one they tell of.</summary>
internal sealed class FarewellStore(Database database, RowSeal seal)
{
    private const string Table = "farewell";
    private const byte Format = 2;

    /// <summary>Without the guest that leaves it where this device is not let in.</summary>
    private const byte FormatWithoutGuest = 1;

    public void Insert(Farewell farewell)
    {
        var message = farewell.Message.ToBytes();
        database.Execute(
            "INSERT INTO farewell (message, created_ms, sealed) VALUES ($1, $2, $3) ON CONFLICT (message) DO NOTHING",
            message,
            farewell.CreatedAt.ToUnixTimeMilliseconds(),
            seal.Seal(Table, RowSeal.Row(message), Record(farewell))
        );
    }

    public void Erase(MessageId message) =>
        database.Execute("DELETE FROM farewell WHERE message = $1", message.ToBytes());

    public void Forget(DateTimeOffset before) =>
        database.Execute("DELETE FROM farewell WHERE created_ms < $1", before.ToUnixTimeMilliseconds());

    public List<Farewell> All() =>
        database
            .All(
                "SELECT message, sealed FROM farewell ORDER BY number",
                row => (Message: row.Blob(0, Table), Sealed: row.Blob(1, Table))
            )
            .ConvertAll(row => Read(row.Message, seal.Open(Table, RowSeal.Row(row.Message), row.Sealed)));

    private static RecordWriter Record(Farewell farewell)
    {
        var record = new RecordWriter()
            .Byte(farewell.Guest is null ? FormatWithoutGuest : Format)
            .Time(farewell.CreatedAt)
            .Fixed(farewell.To.Peer.ToBytes())
            .Text(farewell.To.Relay.OriginalString)
            .Fixed(farewell.To.Mailbox.ToBytes())
            .Bytes(farewell.Envelope.Span);
        return farewell.Guest is { } guest
            ? record.Bytes(guest.MailboxPrivateKey).Bytes(guest.MailboxPublicKey).OptionalText(guest.Token)
            : record;
    }

    private static Farewell Read(byte[] id, byte[] record)
    {
        var reader = new RecordReader(record);
        var format = reader.Byte();
        var createdAt = reader.Time();
        var intact = DeviceId.TryFrom(reader.Fixed(DeviceId.Size).Span, out var peer);
        var relay = reader.Address();
        intact &= MailboxId.TryFrom(reader.Fixed(MailboxId.Size).Span, out var mailbox);
        var envelope = reader.Bytes();
        RelayAccount? guest = null;
        if (format == Format)
        {
            guest = new RelayAccount(relay, reader.Bytes().ToArray(), reader.Bytes().ToArray(), reader.OptionalText());
        }
        intact &= MessageId.TryFrom(id, out var message);
        intact &= format is Format or FormatWithoutGuest && reader.Complete;
        return intact
            ? new Farewell(message, new PeerAddress(peer, relay, mailbox), guest, envelope, createdAt)
            : throw DamagedRow.Of(Table);
    }
}
