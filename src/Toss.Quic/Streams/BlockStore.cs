namespace Toss.Quic.Streams;

/// <summary>
/// Blocks of memory that nobody uses now, for all connections of one endpoint: a connection at rest keeps none, and a
/// steady transfer allocates none. Not thread-safe.
/// </summary>
internal sealed class BlockStore
{
    /// <summary>Small enough for many short streams, large enough that three packets fit.</summary>
    public const int BlockLength = 4096;

    // 4 MiB, what a fast transfer has under way on a short path, and some more: it begins and ends within a block, and what
    // is received takes a few.
    private const int MaxKept = 1024 + 256;

    private readonly Stack<byte[]> _kept = new();

    /// <summary>Its content is whatever was there.</summary>
    public byte[] Take() => _kept.TryPop(out var block) ? block : GC.AllocateUninitializedArray<byte>(BlockLength);

    public void Return(byte[] block)
    {
        if (_kept.Count < MaxKept)
        {
            _kept.Push(block);
        }
    }
}
