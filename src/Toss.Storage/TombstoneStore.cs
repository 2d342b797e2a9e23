using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>Clips that somebody deleted, by nothing but their ids: who brings one again is refused.</summary>
internal sealed class TombstoneStore(Database database, RowSeal seal)
{
    private const string Table = "tombstone";
    private const byte Format = 1;

    public void Put(ReadOnlySpan<byte> clip, DateTimeOffset at)
    {
        var tag = seal.Tag(Table, clip);
        var ms = at.ToUnixTimeMilliseconds();
        database.Execute(
            "INSERT INTO tombstone (clip_tag, at_ms, sealed) VALUES ($1, $2, $3) ON CONFLICT (clip_tag) DO NOTHING",
            tag,
            ms,
            seal.Seal(Table, RowSeal.Row(tag, ms), new RecordWriter().Byte(Format).Fixed(clip))
        );
    }

    /// <summary>A row that somebody put there, or moved, stands for no clip.</summary>
    public bool Has(ClipId clip)
    {
        var tag = seal.Tag(Table, clip.ToBytes());
        return database.First(
                "SELECT clip_tag, at_ms, sealed FROM tombstone WHERE clip_tag = $1",
                row => new Found(Read(row.Blob(0, Table), row.Integer(1, Table), row.Blob(2, Table))),
                tag
            )
                is { Clip: { } there }
            && there == clip;
    }

    /// <summary>
    /// All but the newest <see cref="Limits.Tombstones"/>, however old: a backup, or a device that was away, may bring a clip after
    /// any time.
    /// </summary>
    public void Forget() =>
        database.Execute(
            "DELETE FROM tombstone WHERE at_ms < (SELECT at_ms FROM tombstone ORDER BY at_ms DESC LIMIT 1 OFFSET $1)",
            (long)Limits.Tombstones - 1
        );

    private ClipId? Read(byte[] tag, long ms, byte[] sealedRecord)
    {
        if (!seal.TryOpen(Table, RowSeal.Row(tag, ms), sealedRecord, out var plaintext))
        {
            return null;
        }
        var reader = new RecordReader(plaintext);
        return
            reader.Byte() == Format && ClipId.TryFrom(reader.Fixed(ClipId.Size).Span, out var clip) && reader.Complete
            ? clip
            : null;
    }

    private sealed record Found(ClipId? Clip);
}
