namespace Toss.Quic.Streams;

/// <summary>
/// Blocks of memory for the streams of one connection. It keeps a few that came back, so that a steady transfer allocates
/// nothing, and lets the others go. Not thread-safe.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>Small enough for many short streams, large enough that three packets fit.</summary>
    public const int BlockLength = 4096;

    // 1 MiB: about what a connection at rest may keep for the next transfer.
    private const int MaxKept = 256;

    private readonly Stack<byte[]> _kept = new();

    /// <summary>Blocks that are in use now.</summary>
    public int InUse { get; private set; }

    /// <summary>Its content is whatever was there.</summary>
    public byte[] Take()
    {
        InUse++;
        return _kept.TryPop(out var block) ? block : GC.AllocateUninitializedArray<byte>(BlockLength);
    }

    public void Return(byte[] block)
    {
        InUse--;
        if (_kept.Count < MaxKept)
        {
            _kept.Push(block);
        }
    }
}
