using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>Pins and tags: a row for each clip that has any, so that retention opens those and no others.</summary>
internal sealed class MarkStore(Database database, RowSeal seal)
{
    private const string Table = "clip_mark";
    private const byte Format = 1;

    /// <summary>Of what does not open, nothing is known but that somebody put it there: the clip is not to be lost for that.</summary>
    private static readonly ClipMark unreadable = new(true, []);

    public void Put(MarkClip write)
    {
        var id = write.Clip.ToBytes();
        if (write.Mark.IsNone)
        {
            database.Execute("DELETE FROM clip_mark WHERE clip = $1", id);
            return;
        }
        var record = new RecordWriter().Byte(Format).Byte(write.Mark.Pinned ? 1 : 0).Int32(write.Mark.Tags.Count);
        foreach (var tag in write.Mark.Tags)
        {
            record.Text(tag);
        }
        database.Execute(
            "INSERT INTO clip_mark (clip, sealed) SELECT $1, $2 WHERE EXISTS (SELECT 1 FROM clip WHERE id = $1) "
                + "ON CONFLICT (clip) DO UPDATE SET sealed = excluded.sealed",
            id,
            seal.Seal(Table, RowSeal.Row(id), record)
        );
    }

    /// <param name="sealedMark">Empty where there is none.</param>
    public ClipMark Read(ReadOnlySpan<byte> clip, ReadOnlySpan<byte> sealedMark)
    {
        if (sealedMark.IsEmpty)
        {
            return ClipMark.None;
        }
        if (!seal.TryOpen(Table, RowSeal.Row(clip), sealedMark, out var plaintext))
        {
            return unreadable;
        }
        var reader = new RecordReader(plaintext);
        var isKnown = reader.Byte() == Format;
        var pinned = reader.Flag();
        var tags = new List<string>();
        for (var left = reader.Count(); left > 0 && tags.Count < Limits.Tags; left--)
        {
            tags.Add(reader.Text());
        }
        return isKnown && reader.Complete ? new ClipMark(pinned, tags) : unreadable;
    }

    /// <summary>Ids of the clips that are pinned, and the bytes they take.</summary>
    public List<(byte[] Clip, long Bytes)> Pinned() =>
        [
            .. database
                .All(
                    $"SELECT clip_mark.clip, clip_mark.sealed, {ClipStore.Taken} FROM clip_mark JOIN clip ON clip.id = clip_mark.clip",
                    row =>
                        (
                            Clip: row.Blob(0, Table),
                            Read(row.Blob(0, Table), row.Blob(1, Table)).Pinned,
                            Bytes: row.Integer(2, Table)
                        )
                )
                .Where(row => row.Pinned)
                .Select(row => (row.Clip, row.Bytes)),
        ];
}
