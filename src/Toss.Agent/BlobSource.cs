using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>One who may have a blob, for as long as it is fetched: by links, or a mailbox of its own at a relay.</summary>
/// <param name="relay">Where its mailbox is; null if it is asked itself.</param>
/// <param name="ask">Fetches a range; how many chunks are here already, and what gets those that come.</param>
/// <param name="isOpen">Whether there is a way at this moment.</param>
/// <param name="atOnce">Chunks of a range at most.</param>
/// <param name="ways">Where the first way breaks there may be a second: a link that is cut, and then a circuit.</param>
internal sealed class BlobSource(
    DeviceId holder,
    Uri? relay,
    BlobSource.Ask ask,
    Func<bool> isOpen,
    int ways,
    int chunks,
    int atOnce
)
{
    /// <summary>What it said not to have it may have later: it fetches itself.</summary>
    private static readonly TimeSpan LacksFor = TimeSpan.FromSeconds(5);

    /// <summary>A range that takes longer is too large for who brings it, and one that takes less than a quarter too small.</summary>
    private static readonly TimeSpan RangeAtMost = TimeSpan.FromSeconds(2);

    /// <summary>Nobody knows how fast it is: a first range of which a slow one would not bring much for long.</summary>
    private const int FirstRange = 2;

    private int _waysLeft = ways;
    private bool _isOver;
    private DateTimeOffset? _lacksSince;

    public delegate ValueTask<BlobTransferResult> Ask(
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    );

    public DeviceId Holder { get; } = holder;

    /// <summary>Where its mailbox is; null if it is asked itself.</summary>
    public Uri? Relay { get; } = relay;

    /// <summary>Chunks of its next range: as many as it brings in a second or two.</summary>
    public int AtOnce { get; private set; } = Math.Min(atOnce, FirstRange);

    /// <summary>How long one of its ranges takes for a chunk; null before one came whole.</summary>
    public TimeSpan? ChunkTime { get; private set; }

    public bool IsOver => _isOver || _waysLeft == 0 || !isOpen();

    /// <summary>What it said not to have.</summary>
    public ChunkSet Lacks { get; private set; } = new(chunks);

    /// <summary>Which of the ways it is: several ranges fail with one.</summary>
    public int Way => _waysLeft;

    public ValueTask<BlobTransferResult> FetchAsync(
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    ) => ask(range, held, write, cancellation);

    /// <summary>How long a chunk of this range will take; one that is silent seems slower and slower.</summary>
    public TimeSpan ChunkTimeOf(BlobLane lane, DateTimeOffset now)
    {
        var silent = now - lane.LastAt;
        return ChunkTime is { } usual && usual > silent ? usual : silent;
    }

    /// <summary>After a while it is asked again for what it did not have.</summary>
    public void Forgive(DateTimeOffset now)
    {
        if (_lacksSince is { } since && now - since >= LacksFor)
        {
            (Lacks, _lacksSince) = (new ChunkSet(chunks), null);
        }
    }

    /// <summary>What one range came to.</summary>
    /// <param name="way">The <see cref="Way"/> it took.</param>
    public void Note(BlobTransferResult result, BlobLane lane, int way, DateTimeOffset now)
    {
        Measure(lane, now);
        switch (result.Status)
        {
            case BlobTransferStatus.Done:
                break;
            case BlobTransferStatus.NoPath:
                _waysLeft = Math.Min(_waysLeft, way - 1);
                break;
            case BlobTransferStatus.Missing:
                // What is before the range it was asked for before, or will be.
                for (var index = lane.Next; index < Math.Min(result.Next ?? chunks, chunks); index++)
                {
                    _ = Lacks.Add(index);
                }
                _lacksSince = now;
                break;
            default:
                _isOver = true;
                break;
        }
    }

    private void Measure(BlobLane lane, DateTimeOffset now)
    {
        if (lane.Came == 0)
        {
            return;
        }
        var took = now - lane.BegunAt;
        ChunkTime = took / lane.Came;
        if (took > RangeAtMost)
        {
            AtOnce = Math.Max(1, AtOnce / 2);
        }
        else if (took < RangeAtMost / 4)
        {
            AtOnce = Math.Min(atOnce, AtOnce * 2);
        }
    }
}
