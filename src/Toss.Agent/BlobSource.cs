using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>One who may have a blob, for as long as it is fetched: by links, or a mailbox of its own at a relay.</summary>
/// <param name="relay">Where its mailbox is; null if it is asked itself.</param>
/// <param name="ask">Fetches a range; how many chunks are here already, and what gets those that come.</param>
/// <param name="isOpen">Whether there is a way at this moment.</param>
/// <param name="atOnce">Chunks of a range.</param>
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
    private int _waysLeft = ways;
    private bool _isOver;

    public delegate ValueTask<BlobTransferResult> Ask(
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    );

    public DeviceId Holder { get; } = holder;

    /// <summary>Where its mailbox is; null if it is asked itself.</summary>
    public Uri? Relay { get; } = relay;

    public int AtOnce { get; } = atOnce;

    public bool IsOver => _isOver || _waysLeft == 0 || !isOpen();

    /// <summary>What it said not to have.</summary>
    public ChunkSet Lacks { get; } = new(chunks);

    /// <summary>Which of the ways it is: several ranges fail with one.</summary>
    public int Way => _waysLeft;

    public ValueTask<BlobTransferResult> FetchAsync(
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    ) => ask(range, held, write, cancellation);

    /// <summary>What one range came to.</summary>
    /// <param name="way">The <see cref="Way"/> it took.</param>
    /// <param name="came">How many of its chunks came.</param>
    public void Note(BlobTransferResult result, BlobRange range, int way, int came)
    {
        switch (result.Status)
        {
            case BlobTransferStatus.Done:
                break;
            case BlobTransferStatus.NoPath:
                _waysLeft = Math.Min(_waysLeft, way - 1);
                break;
            case BlobTransferStatus.Missing:
                // What is before the range it was asked for before, or will be.
                for (var index = range.First + came; index < Math.Min(result.Next ?? chunks, chunks); index++)
                {
                    _ = Lacks.Add(index);
                }
                break;
            default:
                _isOver = true;
                break;
        }
    }
}
