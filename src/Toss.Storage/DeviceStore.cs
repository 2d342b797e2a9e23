using Toss.Core.Circle;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>The one row about this device.</summary>
internal sealed class DeviceStore(Database database, RowSeal seal)
{
    private const string Table = "device";
    private const byte Format = 3;

    /// <summary>Without former beacon keys.</summary>
    private const byte OneBeacon = 2;

    /// <summary>Also without tokens and ends of mailboxes.</summary>
    private const byte OneRelay = 1;

    private static readonly byte[] Only = RowSeal.Row([1]);

    public void Put(DeviceRecord device) =>
        database.Execute(
            "INSERT INTO device (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
            seal.Seal(Table, Only, Write(device))
        );

    public DeviceRecord? Load()
    {
        var row = database.First("SELECT sealed FROM device WHERE id = 1", row => row.Blob(0, Table));
        if (row is null)
        {
            return null;
        }
        return TryRead(seal.Open(Table, Only, row), out var device) ? device : throw DamagedRow.Of(Table);
    }

    internal static RecordWriter Write(DeviceRecord device)
    {
        var writer = new RecordWriter()
            .Byte(Format)
            .Bytes(device.PublicKey.Span)
            .Text(device.Name)
            .Text(device.KeyStoreKind)
            .Byte(device.Paused ? 1 : 0)
            .Int64(unchecked((long)device.CardVersion))
            .Bytes(device.BeaconKey.Span)
            .OptionalText(device.Relay?.OriginalString)
            .OptionalText(device.RelayToken)
            .Int64(device.LastStampMilliseconds)
            .Int32(device.LastStampCounter)
            .Int32(device.Prekeys.Count);
        foreach (var prekey in device.Prekeys)
        {
            writer.Bytes(prekey.Span);
        }
        writer.Int32(device.Mailboxes.Count);
        foreach (var mailbox in device.Mailboxes)
        {
            writer
                .Text(mailbox.Relay.OriginalString)
                .Bytes(mailbox.PrivateKey.Span)
                .Bytes(mailbox.PublicKey.Span)
                .OptionalText(mailbox.Token)
                .OptionalTime(mailbox.Until);
        }
        writer.Int32(device.Settings.Count);
        foreach (var (name, value) in device.Settings)
        {
            writer.Text(name).Text(value);
        }
        writer.Int32(device.BeaconGone).Int32(device.FormerBeacons.Count);
        foreach (var former in device.FormerBeacons)
        {
            writer
                .Bytes(former.Key.Span)
                .Int64(unchecked((long)former.CardVersion))
                .Time(former.ReplacedAt)
                .Int32(former.Awaits.Count);
            foreach (var peer in former.Awaits)
            {
                writer.Bytes(peer.ToBytes());
            }
        }
        return writer;
    }

    internal static bool TryRead(byte[] record, out DeviceRecord device)
    {
        var reader = new RecordReader(record);
        var format = reader.Byte();
        var publicKey = reader.Bytes();
        var name = reader.Text();
        var kind = reader.Text();
        var paused = reader.Flag();
        var cardVersion = unchecked((ulong)reader.Int64());
        var beacon = reader.Bytes();
        var relay = reader.Flag() ? reader.Address() : null;
        var token = reader.OptionalText();
        var milliseconds = reader.Int64();
        var counter = reader.Int32();
        var prekeys = new ReadOnlyMemory<byte>[reader.Count()];
        for (var i = 0; i < prekeys.Length; i++)
        {
            prekeys[i] = reader.Bytes();
        }
        var mailboxes = new MailboxKey[reader.Count()];
        for (var i = 0; i < mailboxes.Length; i++)
        {
            mailboxes[i] = new MailboxKey(reader.Address(), reader.Bytes(), reader.Bytes());
            if (format != OneRelay)
            {
                mailboxes[i] = mailboxes[i] with { Token = reader.OptionalText(), Until = reader.OptionalTime() };
            }
        }
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var left = reader.Count(); left > 0; left--)
        {
            settings[reader.Text()] = reader.Text();
        }
        var gone = format is Format ? reader.Int32() : 0;
        var formers = new FormerBeacon[format is Format ? reader.Count() : 0];
        for (var i = 0; i < formers.Length; i++)
        {
            formers[i] = ReadFormer(ref reader);
        }
        device = new DeviceRecord(
            publicKey,
            name,
            kind,
            paused,
            cardVersion,
            beacon,
            formers,
            gone,
            prekeys,
            mailboxes,
            relay,
            token,
            milliseconds,
            unchecked((ushort)counter),
            settings
        );
        return reader.Complete && format is Format or OneBeacon or OneRelay;
    }

    private static FormerBeacon ReadFormer(ref RecordReader reader)
    {
        var key = reader.Bytes();
        var version = unchecked((ulong)reader.Int64());
        var replacedAt = reader.Time();
        var awaits = new DeviceId[reader.Count()];
        for (var i = 0; i < awaits.Length; i++)
        {
            _ = DeviceId.TryFrom(reader.Bytes().Span, out awaits[i]);
        }
        return new FormerBeacon(key, version, replacedAt, awaits);
    }
}
