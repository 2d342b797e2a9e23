using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Records;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>History: stage 3 keeps a clip here, sealed, until retention, withdrawal or a person erases it.</summary>
internal sealed partial class ClipStore(Database database, RowSeal seal, MarkStore marks)
{
    private const string Table = "clip";
    public const string BlobTable = "clip_blob";

    /// <summary>Whole clips, with their marks: what <see cref="TryOpen"/> reads.</summary>
    public const string Select =
        "SELECT ms, counter, claim, received_ms, size, state, id, clip.sealed, status, clip_mark.sealed, number "
        + "FROM clip LEFT JOIN clip_mark ON clip_mark.clip = clip.id ";

    /// <summary>Bytes a clip takes: nothing of a lost or a cancelled one is here.</summary>
    public static readonly string Taken =
        $"CASE WHEN state IN ({(int)ClipState.Lost}, {(int)ClipState.Cancelled}, {(int)ClipState.Offered}) THEN 0 ELSE size END";

    private const int IdColumn = 6;
    private const int SealedColumn = 7;
    private const int StatusColumnNumber = 8;
    private const int MarkColumn = 9;
    private const int NumberColumn = 10;

    private readonly ClipStatus _status = new(seal);
    private volatile int _damaged;

    /// <summary>Clips that listings left out because they do not open.</summary>
    public int Damaged => _damaged;

    /// <summary>Ignored if the clip is there already.</summary>
    public void Insert(StoredClip stored)
    {
        var clip = stored.Clip;
        var id = clip.Id.ToBytes();
        var head = new ClipHead(
            clip.Stamp.UnixMilliseconds,
            clip.Stamp.Counter,
            stored.Claim ? 1 : 0,
            stored.ReceivedAt.ToUnixTimeMilliseconds(),
            clip.Size,
            ClipStatus.NumberOf(stored.State)
        );
        var identity = head.Identity(stackalloc byte[ClipHead.IdentitySize], id);
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
        if (inserted > 0)
        {
            HoldBlobs(clip);
        }
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

    private ClipState? StateOf(byte[] id) =>
        database.All(
            "SELECT state, status FROM clip WHERE id = $1",
            row => _status.Open(id, row.Integer(0, Table), row.Blob(1, Table)) ?? throw DamagedRow.Of(Table),
            id
        )
            is [var state]
            ? state
            : null;

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
        var claiming = new List<(ClipHead Head, byte[] Id, byte[] Sealed)>();
        database.Scan(
            Select + "WHERE claim = 1 AND ms > $1",
            row =>
            {
                claiming.Add(
                    (ClipHead.Read(row), row.Blob(IdColumn, Table).ToArray(), row.Blob(SealedColumn, Table).ToArray())
                );
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

    /// <summary>Whether a clip still needs this blob's file, or one that can be put back.</summary>
    public bool Holds(BlobId blob) =>
        database.Number(
            "SELECT EXISTS (SELECT 1 FROM clip_blob WHERE blob_tag = $1) "
                + "OR EXISTS (SELECT 1 FROM bin_blob WHERE blob_tag = $1)",
            BlobTag(blob)
        ) == 1;

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
                found = Open(row, ClipHead.Read(row), record, out var clip) ? clip : throw DamagedRow.Of(Table);
                return false;
            },
            clip.ToBytes()
        );
        return found;
    }

    /// <summary>Those that are here and not damaged.</summary>
    public List<StoredClip> Find(IReadOnlyCollection<ClipId> clips)
    {
        var found = new List<StoredClip>(clips.Count);
        using var record = new RecordBuffer();
        database.Scan(
            IdPage.Cte + Select + "JOIN page ON id = page.clip",
            row =>
            {
                Take(row, ClipHead.Read(row), record, found);
                return true;
            },
            IdPage.Of(clips)
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
                var head = ClipHead.Read(row);
                if (newest is not null && !head.IsAsNewAs(newest.Clip.Stamp))
                {
                    return false;
                }
                if (!Open(row, head, record, out var clip))
                {
                    _damaged++;
                }
                else if (newest is null || clip!.Clip.Stamp > newest.Clip.Stamp)
                {
                    newest = clip;
                }
                return true;
            },
            untilMilliseconds
        );
        return newest;
    }

    /// <param name="marked">Only those with a mark.</param>
    public List<StoredClip> Between(long since, long until, int limit, bool marked = false) =>
        Scan(
            (marked ? Select.Replace("LEFT JOIN", "JOIN", StringComparison.Ordinal) : Select)
                + "WHERE ms BETWEEN $1 AND $2 ORDER BY ms DESC, counter DESC",
            limit,
            since,
            until
        );

    public List<StoredClip> Incomplete() =>
        Scan(Select + "WHERE state = 1 ORDER BY ms DESC, counter DESC", int.MaxValue);

    /// <summary>Clips signed for this circle that came no later than this.</summary>
    public List<ClipId> SharedIn(CircleId circle, DateTimeOffset until) =>
        [
            .. Between(0, long.MaxValue, int.MaxValue)
                .Where(stored => stored.ReceivedAt <= until && stored.Clip.IsOf(circle))
                .Select(stored => stored.Clip.Id),
        ];

    /// <summary>
    /// Newest first. The origin, sealed, breaks ties, so rows are read on to the end of a tie and then sorted.
    /// </summary>
    private List<StoredClip> Scan(string sql, int limit, params object[] parameters)
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
                var head = ClipHead.Read(row);
                if (found.Count >= limit && !head.IsAsNewAs(found[limit - 1].Clip.Stamp))
                {
                    return false;
                }
                Take(row, head, record, found);
                return true;
            },
            parameters
        );
        found.Sort((left, right) => right.Clip.Stamp.CompareTo(left.Clip.Stamp));
        return found.Count > limit ? found[..limit] : found;
    }

    private void Take(RowView row, ClipHead head, RecordBuffer record, List<StoredClip> found)
    {
        if (Open(row, head, record, out var clip))
        {
            found.Add(clip!);
        }
        else
        {
            _damaged++;
        }
    }

    /// <summary>Its record, in the buffer.</summary>
    public bool TryOpen(
        RowView row,
        ClipHead head,
        RecordBuffer buffer,
        out ClipId clip,
        out ReadOnlyMemory<byte> record
    )
    {
        record = default;
        var id = row.Blob(IdColumn, Table);
        var sealedRecord = row.Blob(SealedColumn, Table);
        if (!ClipId.TryFrom(id, out clip) || sealedRecord.Length < RecordCipher.Overhead)
        {
            return false;
        }
        var opened = buffer.Take(sealedRecord.Length - RecordCipher.Overhead);
        record = opened;
        return seal.TryOpen(
            Table,
            head.Identity(stackalloc byte[ClipHead.IdentitySize], id),
            sealedRecord,
            opened.Span
        );
    }

    private bool Open(RowView row, ClipHead head, RecordBuffer buffer, out StoredClip? stored)
    {
        stored = null;
        // A clip keeps slices of its record: it gets one of its own.
        if (
            TryOpen(row, head, buffer, out var clipId, out var record)
            && _status.Open(row.Blob(IdColumn, Table), head.State, row.Blob(StatusColumnNumber, Table)) is { } state
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
            stored = new StoredClip(clip, state, head.Claim == 1, receivedAt) { Mark = MarkOf(row) };
        }
        return stored is not null;
    }

    private ClipMark MarkOf(RowView row) =>
        row.OptionalBlob(MarkColumn, Table) is { IsEmpty: false } mark
            ? marks.Read(row.Blob(IdColumn, Table), mark)
            : ClipMark.None;

    /// <summary>The claim is authenticated with the record, so that is sealed again; one that does not open claims nothing anyway.</summary>
    private void EndClaim(ClipHead head, byte[] id, byte[] sealedRecord)
    {
        using var buffer = new RecordBuffer();
        var record = buffer.Take(Math.Max(0, sealedRecord.Length - RecordCipher.Overhead));
        Span<byte> identity = stackalloc byte[ClipHead.IdentitySize];
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
