using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Records;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>History: stage 3 keeps a clip here, sealed, until retention, withdrawal or a person erases it.</summary>
internal sealed class ClipStore(Database database, RowSeal seal)
{
    private const string Table = "clip";
    public const string BlobTable = "clip_blob";
    private const string Select = "SELECT ms, counter, claim, received_ms, size, state, id, sealed, status FROM clip ";

    /// <summary>Bytes a clip takes: nothing of a lost or a cancelled one is here.</summary>
    private static readonly string Taken =
        $"CASE WHEN state IN ({(int)ClipState.Lost}, {(int)ClipState.Cancelled}, {(int)ClipState.Offered}) THEN 0 ELSE size END";

    private const int IdColumn = 6;
    private const int SealedColumn = 7;
    private const int StatusColumnNumber = 8;

    private readonly ClipStatus _status = new(seal);
    private volatile int _damaged;

    /// <summary>Clips that listings left out because they do not open.</summary>
    public int Damaged => _damaged;

    /// <summary>The clear columns that are authenticated with the record, and the state.</summary>
    private readonly record struct Head(
        long Milliseconds,
        long Counter,
        long Claim,
        long ReceivedMs,
        long Size,
        long State
    )
    {
        /// <summary>Of a row's identity: the id behind its length, and five columns.</summary>
        public const int IdentitySize = 1 + ClipId.Size + 5 * sizeof(long);

        public ReadOnlySpan<byte> Identity(Span<byte> buffer, ReadOnlySpan<byte> id) =>
            RowSeal.Row(buffer, id, Milliseconds, Counter, Claim, ReceivedMs, Size);

        public bool IsAsNewAs(ClipStamp stamp) => (Milliseconds, Counter) == (stamp.UnixMilliseconds, stamp.Counter);
    }

    /// <summary>Ignored if the clip is there already.</summary>
    public void Insert(StoredClip stored)
    {
        var clip = stored.Clip;
        var id = clip.Id.ToBytes();
        var head = new Head(
            clip.Stamp.UnixMilliseconds,
            clip.Stamp.Counter,
            stored.Claim ? 1 : 0,
            stored.ReceivedAt.ToUnixTimeMilliseconds(),
            clip.Size,
            ClipStatus.NumberOf(stored.State)
        );
        var identity = head.Identity(stackalloc byte[Head.IdentitySize], id);
        var inserted = database.Execute(
            "INSERT INTO clip (id, ms, counter, claim, received_ms, size, state, sealed, status) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
            id,
            head.Milliseconds,
            head.Counter,
            head.Claim,
            head.ReceivedMs,
            head.Size,
            head.State,
            seal.Seal(Table, identity, ClipRecord.Write(stored)),
            _status.Seal(id, stored.State)
        );
        if (inserted == 0)
        {
            return;
        }
        HoldBlobs(clip);
    }

    /// <summary>False if it is in none of the states that were expected.</summary>
    public bool TrySetState(SetClipState write)
    {
        var id = write.Clip.ToBytes();
        if (write.From is { } from && (StateOf(id) is not { } before || !from.Contains(before)))
        {
            return false;
        }
        database.Execute(
            "UPDATE clip SET state = $2, status = $3 WHERE id = $1",
            id,
            ClipStatus.NumberOf(write.State),
            _status.Seal(id, write.State)
        );
        if (write.State is ClipState.Lost or ClipState.Cancelled)
        {
            database.Execute("DELETE FROM clip_blob WHERE clip = $1", id);
        }
        else if (write.State is ClipState.Incomplete or ClipState.Wanted && Find(write.Clip) is { } stored)
        {
            HoldBlobs(stored.Clip);
        }
        return true;
    }

    private ClipState? StateOf(byte[] id)
    {
        ClipState? state = null;
        database.Scan(
            "SELECT state, status FROM clip WHERE id = $1",
            row =>
            {
                state = _status.Open(id, row.Integer(0, Table), row.Blob(1, Table)) ?? throw DamagedRow.Of(Table);
                return false;
            },
            id
        );
        return state;
    }

    private void HoldBlobs(Clip clip)
    {
        foreach (var blob in clip.Blobs)
        {
            database.Execute(
                "INSERT INTO clip_blob (clip, blob_tag) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                clip.Id.ToBytes(),
                BlobTag(blob.Id)
            );
        }
    }

    public void EndClaims(long afterMilliseconds)
    {
        var claiming = new List<(Head Head, byte[] Id, byte[] Sealed)>();
        database.Scan(
            Select + "WHERE claim = 1 AND ms > $1",
            row =>
            {
                claiming.Add((Read(row), row.Blob(IdColumn, Table).ToArray(), row.Blob(SealedColumn, Table).ToArray()));
                return true;
            },
            afterMilliseconds
        );
        foreach (var (head, id, sealedRecord) in claiming)
        {
            EndClaim(head, id, sealedRecord);
        }
    }

    public void Erase(ReadOnlySpan<byte> clip)
    {
        var id = clip.ToArray();
        var blobs = database.All("SELECT blob_tag FROM clip_blob WHERE clip = $1", row => row.Blob(0, BlobTable), id);
        database.Execute("DELETE FROM clip WHERE id = $1", id);
        foreach (var tag in blobs)
        {
            database.Execute(
                "DELETE FROM blob_upload WHERE blob_tag = $1 "
                    + "AND NOT EXISTS (SELECT 1 FROM clip_blob WHERE clip_blob.blob_tag = blob_upload.blob_tag)",
                tag
            );
        }
    }

    /// <summary>Whether a clip still needs this blob's file.</summary>
    public bool Holds(BlobId blob) => Of(blob).Count > 0;

    public List<ClipId> Of(BlobId blob) =>
        database.All(
            "SELECT clip FROM clip_blob WHERE blob_tag = $1",
            row => ClipId.TryFrom(row.Blob(0, BlobTable), out var id) ? id : throw DamagedRow.Of(BlobTable),
            BlobTag(blob)
        );

    public void EraseAll() => database.Script("DELETE FROM blob_upload; DELETE FROM clip");

    public StoredClip? Find(ClipId clip)
    {
        StoredClip? found = null;
        using var record = new RecordBuffer();
        database.Scan(
            Select + "WHERE id = $1",
            row =>
            {
                found =
                    Open(row, Read(row), record, query: null, out var clip) == Opened.Clip
                        ? clip
                        : throw DamagedRow.Of(Table);
                return false;
            },
            clip.ToBytes()
        );
        return found;
    }

    public StoredClip? NewestClaim(long untilMilliseconds)
    {
        StoredClip? newest = null;
        using var record = new RecordBuffer();
        database.Scan(
            Select + "WHERE claim = 1 AND ms <= $1 ORDER BY ms DESC, counter DESC",
            row =>
            {
                var head = Read(row);
                if (newest is not null && !head.IsAsNewAs(newest.Clip.Stamp))
                {
                    return false;
                }
                switch (Open(row, head, record, query: null, out var clip))
                {
                    case Opened.Clip when newest is null || clip!.Clip.Stamp > newest.Clip.Stamp:
                        newest = clip;
                        break;
                    case Opened.Damaged:
                        _damaged++;
                        break;
                }
                return true;
            },
            untilMilliseconds
        );
        return newest;
    }

    public List<StoredClip> Search(HistoryQuery? query, int limit) =>
        Scan(Select + "ORDER BY ms DESC, counter DESC", query, limit);

    public List<StoredClip> Between(HistoryQuery? query, long since, long until, int limit) =>
        Scan(Select + "WHERE ms BETWEEN $1 AND $2 ORDER BY ms DESC, counter DESC", query, limit, since, until);

    public List<StoredClip> Incomplete() =>
        Scan(Select + "WHERE state = 1 ORDER BY ms DESC, counter DESC", null, int.MaxValue);

    /// <summary>Clips signed for this circle that came no later than this.</summary>
    public List<ClipId> SharedIn(CircleId circle, DateTimeOffset until) =>
        [
            .. Search(null, int.MaxValue)
                .Where(stored => stored.ReceivedAt <= until && stored.Clip.IsOf(circle))
                .Select(stored => stored.Clip.Id),
        ];

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
        var pinned = retention.Pinned.Select(clip => clip.ToBytes()).ToList();
        var kept = 0;
        // Before all others: however old they are, they take their place.
        var bytes = pinned.Sum(id => database.Number($"SELECT COALESCE(SUM({Taken}), 0) FROM clip WHERE id = $1", id));
        database.Scan(
            $"SELECT id, {Taken}, received_ms FROM clip ORDER BY ms DESC, counter DESC, id DESC",
            row =>
            {
                var size = row.Integer(1, Table);
                var id = row.Blob(0, Table).ToArray();
                if (pinned.Exists(one => one.AsSpan().SequenceEqual(id)))
                {
                    kept++;
                }
                else if (kept >= retention.Clips || size > retention.Bytes - bytes || row.Integer(2, Table) < oldest)
                {
                    erased.Add(id);
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

    /// <summary>
    /// Newest first. The origin, sealed, breaks ties, so rows are read on to the end of a tie and then sorted. What does
    /// not match costs an opened record and no allocation.
    /// </summary>
    private List<StoredClip> Scan(string sql, HistoryQuery? query, int limit, params object[] parameters)
    {
        var found = new List<StoredClip>();
        if (limit <= 0)
        {
            return found;
        }
        using var record = new RecordBuffer();
        database.Scan(
            sql,
            row =>
            {
                var head = Read(row);
                if (found.Count >= limit && !head.IsAsNewAs(found[limit - 1].Clip.Stamp))
                {
                    return false;
                }
                switch (Open(row, head, record, query, out var clip))
                {
                    case Opened.Clip:
                        found.Add(clip!);
                        break;
                    case Opened.Damaged:
                        _damaged++;
                        break;
                }
                return true;
            },
            parameters
        );
        found.Sort((left, right) => right.Clip.Stamp.CompareTo(left.Clip.Stamp));
        return found.Count > limit ? found[..limit] : found;
    }

    private enum Opened
    {
        Clip,
        NoMatch,
        Damaged,
    }

    private Opened Open(RowView row, Head head, RecordBuffer buffer, HistoryQuery? query, out StoredClip? stored)
    {
        stored = null;
        var id = row.Blob(IdColumn, Table);
        var sealedRecord = row.Blob(SealedColumn, Table);
        if (id.Length != ClipId.Size || sealedRecord.Length < RecordCipher.Overhead)
        {
            return Opened.Damaged;
        }
        var record = buffer.Take(sealedRecord.Length - RecordCipher.Overhead);
        var identity = head.Identity(stackalloc byte[Head.IdentitySize], id);
        if (!seal.TryOpen(Table, identity, sealedRecord, record.Span))
        {
            return Opened.Damaged;
        }
        if (query is not null && !ClipRecord.Matches(record, query))
        {
            return Opened.NoMatch;
        }
        // A clip keeps slices of its record: it gets one of its own.
        if (
            _status.Open(id, head.State, row.Blob(StatusColumnNumber, Table)) is { } state
            && ClipId.TryFrom(id, out var clipId)
            && ClipRecord.TryRead(
                record.ToArray(),
                clipId,
                head.Milliseconds,
                head.Counter,
                out var clip,
                out var receivedAt
            )
        )
        {
            stored = new StoredClip(clip, state, head.Claim == 1, receivedAt);
        }
        return stored is null ? Opened.Damaged : Opened.Clip;
    }

    private static Head Read(RowView row) =>
        new(
            row.Integer(0, Table),
            row.Integer(1, Table),
            row.Integer(2, Table),
            row.Integer(3, Table),
            row.Integer(4, Table),
            row.Integer(5, Table)
        );

    /// <summary>The claim is authenticated with the record, so that is sealed again; one that does not open claims nothing anyway.</summary>
    private void EndClaim(Head head, byte[] id, byte[] sealedRecord)
    {
        using var buffer = new RecordBuffer();
        var record = buffer.Take(Math.Max(0, sealedRecord.Length - RecordCipher.Overhead));
        Span<byte> identity = stackalloc byte[Head.IdentitySize];
        if (seal.TryOpen(Table, head.Identity(identity, id), sealedRecord, record.Span))
        {
            var without = head with { Claim = 0 };
            database.Execute(
                "UPDATE clip SET claim = 0, sealed = $2 WHERE id = $1",
                id,
                seal.Seal(Table, without.Identity(identity, id), record.Span)
            );
        }
    }

    private byte[] BlobTag(BlobId blob) => seal.Tag(BlobTable, blob.ToBytes());
}
