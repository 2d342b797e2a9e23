using Toss.Wire;

namespace Toss.Relay.Blobs;

/// <summary>
/// What both blob stores agree on: which blobs there are, how large, until when, and what the next chunk must be. Knows
/// sizes, not bytes. Not thread-safe.
/// </summary>
internal sealed class BlobLedger(RelayQuotas quotas)
{
    /// <summary>A restart costs less than one percent of a blob: so many parts of it become durable one after another.</summary>
    private const int Syncs = 128;

    private readonly SortedDictionary<(MailboxId Owner, BlobId Blob), Whole> _whole = [];
    private readonly SortedDictionary<MailboxId, SortedDictionary<BlobId, Part>> _parts = [];
    private readonly Dictionary<MailboxId, long> _used = [];

    public BlobCounts Counts => new(_whole.Count, _used.Values.Sum(), _parts.Values.Sum(static parts => parts.Count));

    /// <summary>What is here of a blob, or why its first chunk would not be taken.</summary>
    public BlobStanding Ask(MailboxId owner, BlobId blob, int count, int size, DateTimeOffset now)
    {
        if (count < 1 || size is < 1 or > Limits.SealedBlobChunk)
        {
            return new(BlobPutStatus.Malformed, 0);
        }
        if (TryFind(owner, blob, now, out var whole) && whole.Count == count)
        {
            return new(BlobPutStatus.Accepted, count);
        }
        if (PartOf(owner, blob) is { } part && part.Count == count && part.Stride == size)
        {
            return new(BlobPutStatus.Accepted, part.Next);
        }
        var gone = InTheWay(owner, blob, count, size, now);
        return new(Fits(owner, blob, (long)count * size, gone), 0);
    }

    /// <summary>
    /// Half-done blobs of this owner that rest and are to be abandoned, those first that rest longest, so that the first chunk of
    /// this one can be taken; none where it fits, or would not even then.
    /// </summary>
    public IReadOnlyList<BlobId> InTheWay(MailboxId owner, BlobId blob, int count, int size, DateTimeOffset now)
    {
        var gone = new List<BlobId>();
        var bytes = (long)count * size;
        var resting = PartsOf(owner)
            .Where(part => part.Key != blob && part.Value.Touched + quotas.BlobResting <= now)
            .OrderBy(static part => part.Value.Touched)
            .Select(static part => part.Key);
        foreach (var next in resting)
        {
            if (Fits(owner, blob, bytes, gone) == BlobPutStatus.Accepted)
            {
                break;
            }
            gone.Add(next);
        }
        return Fits(owner, blob, bytes, gone) == BlobPutStatus.Accepted ? gone : [];
    }

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
        if (PartOf(owner, blob) is not { } part || part.Next != index || part.Count != count)
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
        var part = PartOf(owner, blob)!;
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

    /// <summary>Half-done, from an earlier run. False if there is one of the same id already.</summary>
    public bool Restore(MailboxId owner, BlobId blob, Progress progress)
    {
        if (PartOf(owner, blob) is not null)
        {
            return false;
        }
        AddPart(
            owner,
            blob,
            new Part(progress.Count, progress.Stride)
            {
                Next = progress.Chunks,
                Bytes = (long)progress.Chunks * progress.Stride,
                Touched = progress.Touched,
            }
        );
        return true;
    }

    /// <summary>How far a half-done blob is; null if there is none.</summary>
    public Progress? ProgressOf(MailboxId owner, BlobId blob) =>
        PartOf(owner, blob) is { } part ? new Progress(part.Count, part.Stride, part.Next, part.Touched) : null;

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
        if (!_parts.TryGetValue(owner, out var parts) || !parts.Remove(blob, out var part))
        {
            return false;
        }
        if (parts.Count == 0)
        {
            _parts.Remove(owner);
        }
        Use(owner, -part.Reserved);
        return true;
    }

    public List<(MailboxId Owner, BlobId Blob)> ExpiredAt(DateTimeOffset now) =>
        [.. _whole.Where(entry => entry.Value.Expires <= now).Select(entry => entry.Key)];

    public List<(MailboxId Owner, BlobId Blob)> StalledAt(DateTimeOffset now) =>
        [
            .. _parts.SelectMany(parts =>
                parts
                    .Value.Where(part => part.Value.Touched + quotas.BlobStalled <= now)
                    .Select(part => (parts.Key, part.Key))
            ),
        ];

    /// <summary>Whether what was written is to become durable now.</summary>
    public static bool IsSyncDue(Progress progress) => progress.Chunks % Math.Clamp(progress.Count / Syncs, 2, 32) == 0;

    private BlobPutStatus Begin(MailboxId owner, BlobId blob, int count, int size, DateTimeOffset now)
    {
        Abandon(owner, blob);
        var status = Fits(owner, blob, (long)count * size, []);
        if (status == BlobPutStatus.Accepted)
        {
            AddPart(owner, blob, new Part(count, size) { Touched = now });
        }
        return status;
    }

    /// <param name="without">Half-done ones that would be gone.</param>
    private BlobPutStatus Fits(MailboxId owner, BlobId blob, long bytes, IReadOnlyCollection<BlobId> without)
    {
        // The blob of the same id goes when this one is whole, so its space counts once; half of one goes at once.
        var replaced = _whole.TryGetValue((owner, blob), out var whole) ? whole.Bytes : 0;
        var parts = PartsOf(owner);
        var gone = parts.Where(part => part.Key == blob || without.Contains(part.Key)).ToList();
        var used = _used.GetValueOrDefault(owner) - replaced - gone.Sum(static part => part.Value.Reserved);
        if (used + bytes > quotas.BlobBytes)
        {
            return BlobPutStatus.QuotaExceeded;
        }
        return parts.Count - gone.Count >= quotas.BlobsUnderWay ? BlobPutStatus.TooMany : BlobPutStatus.Accepted;
    }

    private IReadOnlyDictionary<BlobId, Part> PartsOf(MailboxId owner) =>
        _parts.TryGetValue(owner, out var parts) ? parts : new SortedDictionary<BlobId, Part>();

    private Part? PartOf(MailboxId owner, BlobId blob) => PartsOf(owner).GetValueOrDefault(blob);

    private void AddPart(MailboxId owner, BlobId blob, Part part)
    {
        if (!_parts.TryGetValue(owner, out var parts))
        {
            _parts[owner] = parts = [];
        }
        parts.Add(blob, part);
        Use(owner, part.Reserved);
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

    /// <summary>How far a half-done blob is.</summary>
    /// <param name="Chunks">That are here, from the first on.</param>
    /// <param name="Touched">When the last of them came.</param>
    public sealed record Progress(int Count, int Stride, int Chunks, DateTimeOffset Touched);

    private sealed class Part(int count, int stride)
    {
        public int Count { get; } = count;
        public int Stride { get; } = stride;
        public long Reserved { get; } = (long)count * stride;
        public int Next { get; set; }
        public long Bytes { get; set; }
        public DateTimeOffset Touched { get; set; }
    }
}
