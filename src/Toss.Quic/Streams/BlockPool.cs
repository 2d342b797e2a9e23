namespace Toss.Quic.Streams;

/// <summary>The blocks of memory that one connection's streams hold. Not thread-safe.</summary>
/// <param name="store">Where blocks come from and go to; one of its own if null.</param>
internal sealed class BlockPool(BlockStore? store = null)
{
    public const int BlockLength = BlockStore.BlockLength;

    private readonly BlockStore _store = store ?? new BlockStore();

    /// <summary>Blocks that are in use now.</summary>
    public int InUse { get; private set; }

    /// <summary>Its content is whatever was there.</summary>
    public byte[] Take()
    {
        InUse++;
        return _store.Take();
    }

    public void Return(byte[] block)
    {
        InUse--;
        _store.Return(block);
    }
}
