using Toss.Core.Ports;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>
/// What retention does not keep. From the newest on, a clip is kept while it is young enough and number and bytes
/// allow it; one that is too large does not take the older ones with it. What is pinned or in use takes its place before all others,
/// however old it is, and stays.
/// </summary>
internal sealed class RetentionScan(Database database, ClipStore clips, MarkStore marks)
{
    private const string Table = "clip";

    public List<byte[]> Beyond(DateTimeOffset now, Retention retention)
    {
        var erased = new List<byte[]>();
        var stays = marks.Pinned().ToDictionary(mark => Key(mark.Clip), mark => mark.Bytes);
        foreach (var clip in retention.InUse)
        {
            stays[Key(clip.ToBytes())] = database.Number(
                $"SELECT COALESCE(SUM({ClipStore.Taken}), 0) FROM clip WHERE id = $1",
                clip.ToBytes()
            );
        }
        var oldest = Oldest(now, retention.Age);
        var kept = stays.Count;
        var bytes = stays.Values.Sum();
        database.Scan(
            $"SELECT id, {ClipStore.Taken}, received_ms FROM clip ORDER BY ms DESC, counter DESC, id DESC",
            row =>
            {
                var id = row.Blob(0, Table);
                var size = row.Integer(1, Table);
                if (stays.ContainsKey(Key(id)))
                {
                    return true;
                }
                if (kept >= retention.Clips || size > retention.Bytes - bytes || row.Integer(2, Table) < oldest)
                {
                    erased.Add(id.ToArray());
                }
                else
                {
                    kept++;
                    bytes += size;
                }
                return true;
            }
        );
        if (retention.AgeOf.Count > 0)
        {
            erased.AddRange(
                TooOldOfKind(now, retention).Where(clip => !stays.ContainsKey(Key(clip))).Except(erased, new ById())
            );
        }
        return erased;
    }

    /// <summary>Kinds are sealed: what could be too old is opened. What is damaged is of no kind.</summary>
    private List<byte[]> TooOldOfKind(DateTimeOffset now, Retention retention)
    {
        var found = new List<byte[]>();
        using var buffer = new RecordBuffer();
        var kinds = new KindReader();
        var oldest = retention.AgeOf.ToDictionary(own => own.Key, own => Oldest(now, own.Value));
        database.Scan(
            ClipStore.Select + "WHERE received_ms < $1 ORDER BY number",
            row =>
            {
                var head = ClipHead.Read(row);
                if (
                    clips.TryOpen(row, head, buffer, out var id, out var record)
                    && ClipRecord.TryReadPreview(record, out var seen)
                    && oldest.TryGetValue(kinds.Of(seen), out var own)
                    && head.ReceivedMs < own
                )
                {
                    found.Add(id.ToBytes());
                }
                return true;
            },
            oldest.Values.Max()
        );
        return found;
    }

    private static long Oldest(DateTimeOffset now, TimeSpan age) =>
        age >= now - DateTimeOffset.UnixEpoch ? long.MinValue : (now - age).ToUnixTimeMilliseconds();

    private sealed class ById : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => Key(obj).GetHashCode();
    }

    private static UInt128 Key(ReadOnlySpan<byte> clip) => ClipId.TryFrom(clip, out var id) ? id.Value : default;
}
