using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>History: stage 3 keeps a clip here, sealed, until retention, withdrawal or a person erases it.</summary>
/// <param name="parallel">Whether a search may use every core.</param>
internal sealed class ClipStore(Database database, RowSeal seal, bool parallel)
{
    private const string Table = "clip";
    private const string StatusColumn = "clip.status";
    private const string BlobTable = "clip_blob";
    private const string Select = "SELECT id, ms, counter, claim, received_ms, size, state, sealed, status FROM clip ";

    /// <summary>Records opened together: enough for every core, little enough to stop soon after the limit.</summary>
    private const int BatchSize = 512;

    private int _damaged;

    /// <summary>Clips that listings left out because they do not open.</summary>
    public int Damaged => Volatile.Read(ref _damaged);

    private readonly record struct Row(
        byte[] Id,
        long Milliseconds,
        long Counter,
        long Claim,
        long ReceivedMs,
        long Size,
        long State,
        byte[] Sealed,
        byte[] Status
    )
    {
        public byte[] Identity => RowSeal.Row(Id, Milliseconds, Counter, Claim, ReceivedMs, Size);

        public bool IsAsNewAs(Row other) => (Milliseconds, Counter) == (other.Milliseconds, other.Counter);
    }

    /// <summary>Ignored if the clip is there already.</summary>
    public void Insert(StoredClip stored)
    {
        var clip = stored.Clip;
        var row = new Row(
            clip.Id.ToBytes(),
            clip.Stamp.UnixMilliseconds,
            clip.Stamp.Counter,
            stored.Claim ? 1 : 0,
            stored.ReceivedAt.ToUnixTimeMilliseconds(),
            clip.Size,
            (long)stored.State,
            [],
            []
        );
        var inserted = database.Execute(
            "INSERT INTO clip (id, ms, counter, claim, received_ms, size, state, sealed, status) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
            row.Id,
            row.Milliseconds,
            row.Counter,
            row.Claim,
            row.ReceivedMs,
            row.Size,
            row.State,
            seal.Seal(Table, row.Identity, ClipRecord.Write(stored)),
            SealStatus(row.Id, row.State)
        );
        if (inserted == 0)
        {
            return;
        }
        foreach (var blob in clip.Blobs)
        {
            var tag = BlobTag(blob.Id);
            database.Execute(
                "INSERT INTO clip_blob (clip, blob_tag, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                row.Id,
                tag,
                seal.Seal(BlobTable, RowSeal.Row([.. row.Id, .. tag]), blob.Id.ToBytes())
            );
        }
    }

    public void SetState(SetClipState write)
    {
        var id = write.Clip.ToBytes();
        var state = (long)write.State;
        database.Execute("UPDATE clip SET state = $2, status = $3 WHERE id = $1", id, state, SealStatus(id, state));
    }

    /// <summary>The blobs that no other clip holds; they are to be deleted.</summary>
    public List<BlobId> Erase(ReadOnlySpan<byte> clip)
    {
        var id = clip.ToArray();
        var blobs = database.All(
            "SELECT blob_tag, sealed FROM clip_blob WHERE clip = $1",
            row => (Tag: row.Blob(0, BlobTable), Sealed: row.Blob(1, BlobTable)),
            id
        );
        database.Execute("DELETE FROM clip WHERE id = $1", id);
        var orphans = new List<BlobId>();
        foreach (var (tag, sealedId) in blobs)
        {
            if (database.Number("SELECT count(*) FROM clip_blob WHERE blob_tag = $1", tag) > 0)
            {
                continue;
            }
            database.Execute("DELETE FROM blob_upload WHERE blob_tag = $1", tag);
            // A damaged row costs a file nobody can open, not the erasure.
            if (
                seal.TryOpen(BlobTable, RowSeal.Row([.. id, .. tag]), sealedId, out var opened)
                && BlobId.TryFrom(opened, out var blob)
            )
            {
                orphans.Add(blob);
            }
        }
        return orphans;
    }

    public void EraseAll() => database.Script("DELETE FROM blob_upload; DELETE FROM clip");

    public StoredClip? Find(ClipId clip) =>
        database.First(
            Select + "WHERE id = $1",
            row => TryOpen(Read(row)) ?? throw DamagedRow.Of(Table),
            clip.ToBytes()
        );

    public StoredClip? NewestClaim(long untilMilliseconds)
    {
        StoredClip? newest = null;
        Row first = default;
        database.Each(
            Select + "WHERE claim = 1 AND ms <= $1 ORDER BY ms DESC, counter DESC",
            reader =>
            {
                var row = Read(reader);
                if (newest is not null && !row.IsAsNewAs(first))
                {
                    return false;
                }
                if (TryOpen(row) is not { } clip)
                {
                    Interlocked.Increment(ref _damaged);
                }
                else if (newest is null || clip.Clip.Stamp > newest.Clip.Stamp)
                {
                    newest = clip;
                    first = row;
                }
                return true;
            },
            untilMilliseconds
        );
        return newest;
    }

    public List<StoredClip> Search(HistoryQuery? query, int limit) =>
        Scan(Select + "ORDER BY ms DESC, counter DESC", query, limit);

    public List<StoredClip> Incomplete() =>
        Scan(Select + "WHERE state = 1 ORDER BY ms DESC, counter DESC", null, int.MaxValue);

    public void PutUpload(PutBlobUpload write) =>
        database.Execute(
            "INSERT INTO blob_upload (blob_tag, relay_tag, at_ms) VALUES ($1, $2, $3) "
                + "ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
            BlobTag(write.Blob),
            RelayTag(write.Relay),
            write.At.ToUnixTimeMilliseconds()
        );

    public void EraseUpload(EraseBlobUpload write) =>
        database.Execute(
            "DELETE FROM blob_upload WHERE blob_tag = $1 AND relay_tag = $2",
            BlobTag(write.Blob),
            RelayTag(write.Relay)
        );

    public bool IsUploaded(BlobId blob, Uri relay) =>
        database.Number(
            "SELECT count(*) FROM blob_upload WHERE blob_tag = $1 AND relay_tag = $2",
            BlobTag(blob),
            RelayTag(relay)
        ) > 0;

    public void ForgetUploads(DateTimeOffset before) =>
        database.Execute("DELETE FROM blob_upload WHERE at_ms < $1", before.ToUnixTimeMilliseconds());

    public void ForgetUploads() => database.Execute("DELETE FROM blob_upload");

    /// <summary>
    /// What retention does not keep. From the newest on, a clip is kept while it is young enough and number and bytes
    /// allow it; one that is too large does not take the older ones with it.
    /// </summary>
    public List<byte[]> BeyondRetention(DateTimeOffset now, Retention retention)
    {
        var oldest =
            retention.Age >= now - DateTimeOffset.UnixEpoch
                ? long.MinValue
                : (now - retention.Age).ToUnixTimeMilliseconds();
        var erased = new List<byte[]>();
        var kept = 0;
        var bytes = 0L;
        database.Each(
            "SELECT id, size, received_ms FROM clip ORDER BY ms DESC, counter DESC, id DESC",
            row =>
            {
                var size = row.Integer(1, Table);
                if (kept >= retention.Clips || size > retention.Bytes - bytes || row.Integer(2, Table) < oldest)
                {
                    erased.Add(row.Blob(0, Table));
                }
                else
                {
                    kept++;
                    bytes += size;
                }
                return true;
            }
        );
        return erased;
    }

    /// <summary>Newest first. The origin, sealed, breaks ties, so rows are read on to the end of a tie and then sorted.</summary>
    private List<StoredClip> Scan(string sql, HistoryQuery? query, int limit)
    {
        var found = new List<StoredClip>();
        var batch = new List<Row>();
        var size = query is null ? Math.Clamp(limit, 1, BatchSize) : BatchSize;
        database.Each(
            sql,
            reader =>
            {
                batch.Add(Read(reader));
                return batch.Count < size || Take();
            }
        );
        Take();
        found.Sort((left, right) => right.Clip.Stamp.CompareTo(left.Clip.Stamp));
        return found.Count > limit ? found[..Math.Max(limit, 0)] : found;

        bool Take()
        {
            var opened = new StoredClip?[batch.Count];
            if (parallel && query is not null)
            {
                Parallel.For(0, batch.Count, i => opened[i] = TryMatch(batch[i], query));
            }
            else
            {
                for (var i = 0; i < opened.Length; i++)
                {
                    opened[i] = TryMatch(batch[i], query);
                }
            }
            found.AddRange(opened.OfType<StoredClip>());
            var last = batch.Count > 0 ? (batch[^1].Milliseconds, batch[^1].Counter) : default;
            batch.Clear();
            return found.Count < limit || limit > 0 && StampOf(found[limit - 1]) == last;
        }
    }

    private StoredClip? TryMatch(Row row, HistoryQuery? query)
    {
        if (!seal.TryOpen(Table, row.Identity, row.Sealed, out var record))
        {
            Interlocked.Increment(ref _damaged);
            return null;
        }
        if (query is not null && !ClipRecord.Matches(record, query))
        {
            CryptographicOperations.ZeroMemory(record);
            return null;
        }
        var clip = TryBuild(row, record);
        if (clip is null)
        {
            Interlocked.Increment(ref _damaged);
        }
        return clip;
    }

    private StoredClip? TryOpen(Row row) =>
        seal.TryOpen(Table, row.Identity, row.Sealed, out var record) ? TryBuild(row, record) : null;

    private StoredClip? TryBuild(Row row, byte[] record) =>
        seal.TryOpen(StatusColumn, RowSeal.Row(row.Id, row.State), row.Status, out _)
        && ClipId.TryFrom(row.Id, out var id)
        && ClipRecord.TryRead(record, id, row.Milliseconds, row.Counter, out var clip, out var receivedAt)
            ? new StoredClip(clip, (ClipState)row.State, row.Claim == 1, receivedAt)
            : null;

    private byte[] SealStatus(byte[] id, long state) => seal.Seal(StatusColumn, RowSeal.Row(id, state), []);

    private static (long, long) StampOf(StoredClip stored) =>
        (stored.Clip.Stamp.UnixMilliseconds, stored.Clip.Stamp.Counter);

    private static Row Read(SqliteDataReader row) =>
        new(
            row.Blob(0, Table),
            row.Integer(1, Table),
            row.Integer(2, Table),
            row.Integer(3, Table),
            row.Integer(4, Table),
            row.Integer(5, Table),
            row.Integer(6, Table),
            row.Blob(7, Table),
            row.Blob(8, Table)
        );

    private byte[] BlobTag(BlobId blob) => seal.Tag(BlobTable, blob.ToBytes());

    private byte[] RelayTag(Uri relay) =>
        seal.Tag("blob_upload.relay", System.Text.Encoding.UTF8.GetBytes(relay.AbsoluteUri));
}
