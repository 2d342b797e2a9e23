using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>When each peer last knew the same circle.</summary>
internal sealed class AgreementStore(Database database, RowSeal seal)
{
    private const string Table = "agreement";
    private const byte Format = 1;

    public void Put(PutAgreement write)
    {
        var tag = seal.Tag(Table, write.Peer.ToBytes());
        database.Execute(
            "INSERT INTO agreement (peer_tag, sealed) VALUES ($1, $2) "
                + "ON CONFLICT (peer_tag) DO UPDATE SET sealed = excluded.sealed",
            tag,
            seal.Seal(
                Table,
                RowSeal.Row(tag),
                new RecordWriter().Byte(Format).Fixed(write.Peer.ToBytes()).Time(write.At)
            )
        );
    }

    public Dictionary<DeviceId, DateTimeOffset> All()
    {
        var agreed = new Dictionary<DeviceId, DateTimeOffset>();
        var rows = database.All(
            "SELECT peer_tag, sealed FROM agreement",
            row => (Tag: row.Blob(0, Table), Sealed: row.Blob(1, Table))
        );
        foreach (var (tag, sealedRow) in rows)
        {
            var reader = new RecordReader(seal.Open(Table, RowSeal.Row(tag), sealedRow));
            var format = reader.Byte();
            var known = DeviceId.TryFrom(reader.Fixed(DeviceId.Size).Span, out var peer);
            var at = reader.Time();
            agreed[peer] = known && format == Format && reader.Complete ? at : throw DamagedRow.Of(Table);
        }
        return agreed;
    }

    public void EraseAll() => database.Execute("DELETE FROM agreement");
}
