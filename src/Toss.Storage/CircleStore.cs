using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>The circle: Genesis, roster statements, Cards, and the inviter a newcomer waits for.</summary>
internal sealed class CircleStore(Database database, RowSeal seal)
{
    private const string CircleTable = "circle";
    private const string StatementTable = "statement";
    private const string CardTable = "card";
    private const string InviterTable = "inviter";
    private const byte Format = 1;

    private static readonly byte[] Only = RowSeal.Row([1]);

    public CircleRecord Load() => new(LoadGenesis(), LoadStatements(), LoadCards(), LoadInviter());

    public Genesis? LoadGenesis() =>
        Open(CircleTable, database.First("SELECT sealed FROM circle WHERE id = 1", row => row.Blob(0, CircleTable)))
            is { } record
            ? Genesis(record)
            : null;

    public void PutGenesis(Genesis genesis) =>
        database.Execute(
            "INSERT INTO circle (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
            seal.Seal(CircleTable, Only, new RecordWriter().Byte(Format).Message(genesis))
        );

    /// <summary>A statement is its body and signer; another signature over the same is the same statement.</summary>
    public void PutStatements(IReadOnlyList<Signed> statements)
    {
        foreach (var statement in statements)
        {
            using var identity = new RecordWriter().Bytes(statement.Body.Span).Bytes(statement.Signer.Span);
            var tag = seal.Tag(StatementTable, identity.Written);
            database.Execute(
                "INSERT INTO statement (statement_tag, sealed) VALUES ($1, $2) ON CONFLICT (statement_tag) DO NOTHING",
                tag,
                seal.Seal(StatementTable, RowSeal.Row(tag), new RecordWriter().Byte(Format).Message(statement))
            );
        }
    }

    public void PutCard(PutCard write)
    {
        var tag = DeviceTag(write.Device);
        database.Execute(
            "INSERT INTO card (device_tag, sealed) VALUES ($1, $2) "
                + "ON CONFLICT (device_tag) DO UPDATE SET sealed = excluded.sealed",
            tag,
            seal.Seal(
                CardTable,
                RowSeal.Row(tag),
                new RecordWriter()
                    .Byte(Format)
                    .Fixed(write.Device.ToBytes())
                    .Int64(unchecked((long)write.Version))
                    .Message(write.Card)
            )
        );
    }

    public Dictionary<DeviceId, Signed> LoadCards()
    {
        var cards = new Dictionary<DeviceId, Signed>();
        var rows = database.All(
            "SELECT device_tag, sealed FROM card",
            row => (Tag: row.Blob(0, CardTable), Sealed: row.Blob(1, CardTable))
        );
        foreach (var (tag, sealedCard) in rows)
        {
            var reader = new RecordReader(seal.Open(CardTable, RowSeal.Row(tag), sealedCard));
            var format = reader.Byte();
            var known = DeviceId.TryFrom(reader.Fixed(DeviceId.Size).Span, out var device);
            reader.Int64();
            var card = reader.Message<Signed>();
            Require(known && format == Format && reader.Complete, CardTable);
            cards[device] = card;
        }
        return cards;
    }

    public void PutInviter(PendingInviter? pending)
    {
        if (pending is null)
        {
            database.Execute("DELETE FROM inviter");
            return;
        }
        var writer = new RecordWriter()
            .Byte(Format)
            .Message(pending.Genesis)
            .Message(pending.Card)
            .Time(pending.Until)
            .Int32(pending.Adds.Count);
        foreach (var add in pending.Adds)
        {
            writer.Message(add);
        }
        database.Execute(
            "INSERT INTO inviter (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
            seal.Seal(InviterTable, Only, writer)
        );
    }

    public PendingInviter? LoadInviter()
    {
        var record = Open(
            InviterTable,
            database.First("SELECT sealed FROM inviter WHERE id = 1", row => row.Blob(0, InviterTable))
        );
        if (record is null)
        {
            return null;
        }
        var reader = new RecordReader(record);
        var format = reader.Byte();
        var genesis = reader.Message<Genesis>();
        var card = reader.Message<Signed>();
        var until = reader.Time();
        var adds = new Signed[reader.Count()];
        for (var i = 0; i < adds.Length; i++)
        {
            adds[i] = reader.Message<Signed>();
        }
        Require(format == Format && reader.Complete, InviterTable);
        return new PendingInviter(genesis, card, adds, until);
    }

    public void Erase() => database.Script("DELETE FROM circle; DELETE FROM statement; DELETE FROM card");

    private byte[] DeviceTag(DeviceId device) => seal.Tag(CardTable, device.ToBytes());

    private List<Signed> LoadStatements()
    {
        var rows = database.All(
            "SELECT statement_tag, sealed FROM statement ORDER BY number",
            row => (Tag: row.Blob(0, StatementTable), Sealed: row.Blob(1, StatementTable))
        );
        return rows.ConvertAll(row =>
        {
            var reader = new RecordReader(seal.Open(StatementTable, RowSeal.Row(row.Tag), row.Sealed));
            var format = reader.Byte();
            var statement = reader.Message<Signed>();
            Require(format == Format && reader.Complete, StatementTable);
            return statement;
        });
    }

    private static Genesis Genesis(byte[] record)
    {
        var reader = new RecordReader(record);
        var format = reader.Byte();
        var genesis = reader.Message<Genesis>();
        Require(format == Format && reader.Complete, CircleTable);
        return genesis;
    }

    private byte[]? Open(string table, byte[]? row) => row is null ? null : seal.Open(table, Only, row);

    private static void Require(bool intact, string table)
    {
        if (!intact)
        {
            throw DamagedRow.Of(table);
        }
    }
}
