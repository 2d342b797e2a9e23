using Toss.Wire;

namespace Toss.Relay.Blobs;

/// <summary>
/// What both blob stores agree on: which blobs there are, how large, until when, and what the next chunk must be. Knows
/// sizes, not bytes. Not thread-safe.
/// </summary>
internal sealed class BlobLedger(RelayQuotas quotas)
{
    private readonly SortedDictionary<(MailboxId Owner, BlobId Blob), Whole> _whole = [];
    private readonly SortedDictionary<(MailboxId Owner, BlobId Blob), Part> _parts = [];
    private readonly Dictionary<MailboxId, long> _used = [];

    public BlobCounts Counts => new(_whole.Count, _used.Values.Sum());

    /// <summary>Checks a chunk against the rules and, for the first, takes its space. Nothing is recorded as written yet.</summary>
    public BlobPutStatus Admit(MailboxId owner, BlobId blob, int index, int count, int size, DateTimeOffset now)
    {
        if (count < 1 || index < 0 || index >= count || size is < 1 or > Limits.SealedBlobChunk)
        {
            return BlobPutStatus.Malformed;
        }
        if (index == 0)
        {
            return Begin(owner, blob, count, size, now);
        }
        if (!_parts.TryGetValue((owner, blob), out var part) || part.Next != index || part.Count != count)
        {
            return BlobPutStatus.OutOfOrder;
        }
        if (index < count - 1 ? size != part.Stride : size > part.Stride)
        {
            return BlobPutStatus.Malformed;
        }
        return BlobPutStatus.Accepted;
    }

    /// <summary>The chunk is written. Gives the whole blob if it was the last; it exists only once added.</summary>
    public Whole? Written(MailboxId owner, BlobId blob, int size, DateTimeOffset now)
    {
        var part = _parts[(owner, blob)];
        part.Next++;
        part.Bytes += size;
        part.Touched = now;
        return part.Next == part.Count ? new Whole(part.Count, part.Stride, part.Bytes, now + quotas.Keep) : null;
    }

    /// <summary>The blob is whole and durable; one of the same id is replaced.</summary>
    public Whole? Add(MailboxId owner, BlobId blob, Whole whole)
    {
        Abandon(owner, blob);
        _whole.Remove((owner, blob), out var replaced);
        _whole[(owner, blob)] = whole;
        Use(owner, whole.Bytes - (replaced?.Bytes ?? 0));
        return replaced;
    }

    public bool TryFind(MailboxId owner, BlobId blob, DateTimeOffset now, out Whole whole) =>
        _whole.TryGetValue((owner, blob), out whole!) && whole.Expires > now;

    public Whole? Remove(MailboxId owner, BlobId blob)
    {
        if (_whole.Remove((owner, blob), out var whole))
        {
            Use(owner, -whole.Bytes);
        }
        return whole;
    }

    /// <summary>Gives back the space of a half-done blob.</summary>
    public bool Abandon(MailboxId owner, BlobId blob)
    {
        if (!_parts.Remove((owner, blob), out var part))
        {
            return false;
        }
        Use(owner, -part.Reserved);
        return true;
    }

    public List<(MailboxId Owner, BlobId Blob)> ExpiredAt(DateTimeOffset now) =>
        [.. _whole.Where(entry => entry.Value.Expires <= now).Select(entry => entry.Key)];

    public List<(MailboxId Owner, BlobId Blob)> StalledAt(DateTimeOffset now) =>
        [.. _parts.Where(entry => entry.Value.Touched + quotas.BlobStalled <= now).Select(entry => entry.Key)];

    private BlobPutStatus Begin(MailboxId owner, BlobId blob, int count, int size, DateTimeOffset now)
    {
        Abandon(owner, blob);
        var reserved = (long)count * size;
        // The blob of the same id goes when this one is whole, so its space counts once.
        var replaced = _whole.TryGetValue((owner, blob), out var whole) ? whole.Bytes : 0;
        if (_used.GetValueOrDefault(owner) - replaced + reserved > quotas.BlobBytes)
        {
            return BlobPutStatus.QuotaExceeded;
        }
        if (_parts.Keys.Count(key => key.Owner == owner) >= quotas.BlobsUnderWay)
        {
            return BlobPutStatus.TooMany;
        }
        _parts[(owner, blob)] = new Part(count, size, reserved) { Touched = now };
        Use(owner, reserved);
        return BlobPutStatus.Accepted;
    }

    private void Use(MailboxId owner, long bytes)
    {
        var used = _used.GetValueOrDefault(owner) + bytes;
        if (used == 0)
        {
            _used.Remove(owner);
        }
        else
        {
            _used[owner] = used;
        }
    }

    /// <summary>A blob that can be fetched. Chunk i starts at i × stride.</summary>
    public sealed record Whole(int Count, int Stride, long Bytes, DateTimeOffset Expires);

    private sealed class Part(int count, int stride, long reserved)
    {
        public int Count { get; } = count;
        public int Stride { get; } = stride;
        public long Reserved { get; } = reserved;
        public int Next { get; set; }
        public long Bytes { get; set; }
        public DateTimeOffset Touched { get; set; }
    }
}
