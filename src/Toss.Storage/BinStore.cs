using Toss.Core.Ports;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>What was deleted and can be put back: rows that stand here as they stood in history, still sealed.</summary>
internal sealed class BinStore(Database database, MarkStore marks)
{
    private const string Table = "bin";
    private const string Columns = "id, ms, counter, claim, received_ms, size, state, sealed, status";

    /// <returns>The deletion's number.</returns>
    public long Delete(IEnumerable<ClipId> clips, DateTimeOffset at)
    {
        var deletion = Next();
        foreach (var clip in clips)
        {
            Delete(clip.ToBytes(), deletion, at.ToUnixTimeMilliseconds());
        }
        return deletion;
    }

    /// <summary>All but what is pinned.</summary>
    /// <returns>The deletion's number.</returns>
    public long DeleteAll(DateTimeOffset at)
    {
        var deletion = Next();
        var ms = at.ToUnixTimeMilliseconds();
        var pinned = marks.Pinned().Select(mark => mark.Clip).ToList();
        // Pinned ones go and come back: a handful, against one statement for the rest.
        database.Execute(
            $"INSERT INTO bin ({Columns}, mark, deletion, deleted_ms) SELECT {Columns}, "
                + "(SELECT sealed FROM clip_mark WHERE clip_mark.clip = clip.id), $1, $2 FROM clip WHERE true "
                + "ON CONFLICT (id) DO NOTHING",
            deletion,
            ms
        );
        database.Execute(
            "INSERT INTO bin_blob (clip, blob_tag) SELECT clip, blob_tag FROM clip_blob WHERE true ON CONFLICT DO NOTHING"
        );
        foreach (var clip in pinned)
        {
            database.Execute("DELETE FROM bin WHERE id = $1", clip);
        }
        database.Execute("DELETE FROM clip WHERE id IN (SELECT id FROM bin WHERE deletion = $1)", deletion);
        return deletion;
    }

    public void Restore(long deletion)
    {
        database.Execute(
            $"INSERT INTO clip ({Columns}) SELECT {Columns} FROM bin WHERE deletion = $1 ORDER BY number "
                + "ON CONFLICT (id) DO NOTHING",
            deletion
        );
        database.Execute(
            "INSERT INTO clip_blob (clip, blob_tag) SELECT bin_blob.clip, blob_tag FROM bin "
                + "JOIN bin_blob ON bin_blob.clip = bin.id WHERE deletion = $1 ON CONFLICT DO NOTHING",
            deletion
        );
        database.Execute(
            "INSERT INTO clip_mark (clip, sealed) SELECT id, mark FROM bin WHERE deletion = $1 AND mark IS NOT NULL "
                + "ON CONFLICT DO NOTHING",
            deletion
        );
        database.Execute("DELETE FROM bin WHERE deletion = $1", deletion);
    }

    public bool Has(ClipId clip) =>
        database.Number("SELECT EXISTS (SELECT 1 FROM bin WHERE id = $1)", clip.ToBytes()) == 1;

    public int Count() => (int)database.Number("SELECT count(*) FROM bin");

    public Deletion? Last()
    {
        var last = database.Number("SELECT max(deletion) FROM bin");
        var rows = database.All(
            "SELECT id, deleted_ms FROM bin WHERE deletion = $1",
            row => (Id: row.Blob(0, Table), At: row.Integer(1, Table)),
            last
        );
        return rows.Count == 0
            ? null
            : new Deletion(
                last,
                UnixTime.Of(rows[0].At),
                [.. rows.Select(row => ClipId.TryFrom(row.Id, out var id) ? id : (ClipId?)null).OfType<ClipId>()]
            );
    }

    /// <summary>Ids of what is to be erased: deleted before, or by a clock that was ahead.</summary>
    public List<byte[]> Due(DateTimeOffset before, DateTimeOffset now, int limit)
    {
        var due = database.All(
            "SELECT id FROM bin WHERE deleted_ms < $1 ORDER BY deleted_ms LIMIT $2",
            row => row.Blob(0, Table),
            before.ToUnixTimeMilliseconds(),
            (long)limit
        );
        due.AddRange(
            database.All(
                "SELECT id FROM bin WHERE deleted_ms > $1 ORDER BY deleted_ms LIMIT $2",
                row => row.Blob(0, Table),
                now.ToUnixTimeMilliseconds(),
                (long)(limit - due.Count)
            )
        );
        return due;
    }

    public DateTimeOffset? Oldest() =>
        database.All("SELECT deleted_ms FROM bin ORDER BY deleted_ms LIMIT 1", row => row.Integer(0, Table))
            is [var oldest]
            ? UnixTime.Of(oldest)
            : null;

    public void Erase(byte[] clip)
    {
        database.Execute(
            "DELETE FROM blob_upload WHERE blob_tag IN (SELECT blob_tag FROM bin_blob WHERE clip = $1) "
                + "AND NOT EXISTS (SELECT 1 FROM clip_blob WHERE clip_blob.blob_tag = blob_upload.blob_tag)",
            clip
        );
        database.Execute("DELETE FROM bin WHERE id = $1", clip);
    }

    public void EraseAll() => database.Execute("DELETE FROM bin");

    private void Delete(byte[] id, long deletion, long ms)
    {
        database.Execute(
            $"INSERT INTO bin ({Columns}, mark, deletion, deleted_ms) SELECT {Columns}, "
                + "(SELECT sealed FROM clip_mark WHERE clip_mark.clip = clip.id), $2, $3 FROM clip WHERE id = $1 "
                + "ON CONFLICT (id) DO NOTHING",
            id,
            deletion,
            ms
        );
        database.Execute(
            "INSERT INTO bin_blob (clip, blob_tag) SELECT clip, blob_tag FROM clip_blob WHERE clip = $1 ON CONFLICT DO NOTHING",
            id
        );
        database.Execute("DELETE FROM clip WHERE id = $1", id);
    }

    private long Next() => database.Number("SELECT coalesce(max(deletion), 0) + 1 FROM bin");
}
