using System.Buffers;
using System.IO.Pipelines;

namespace Toss.Quic;

/// <summary>
/// The memory of all pipes of one endpoint, and how they are made. Blocks come from one thread and go back on another all
/// the time, which the system's pool answers with new ones now and then; this one with none. For all threads.
/// </summary>
internal sealed class PipeMemory : MemoryPool<byte>
{
    /// <summary>Of each stream and direction: beyond, a writer waits, and the peer.</summary>
    public const int PipeSize = QuicStream.PipeSize;

    // Small, because a stream with one byte holds one.
    private const int BlockSize = 4096;

    // 4 MiB: the pipes of eight busy streams.
    private const int MaxKept = 1024;

    // Also the lock.
    private readonly Stack<Block> _kept = new();

    public PipeMemory()
    {
        // The loop's side continues wherever the other side moved: that only posts.
        Input = Options(PipeScheduler.ThreadPool, PipeScheduler.Inline);
        Output = Options(PipeScheduler.Inline, PipeScheduler.ThreadPool);
    }

    /// <summary>Pipes that the loop writes.</summary>
    public PipeOptions Input { get; }

    /// <summary>Pipes that the loop reads.</summary>
    public PipeOptions Output { get; }

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        lock (_kept)
        {
            if (_kept.TryPop(out var block))
            {
                return block;
            }
        }
        return new Block(this);
    }

    protected override void Dispose(bool disposing) { }

    private void Return(Block block)
    {
        lock (_kept)
        {
            if (_kept.Count < MaxKept)
            {
                _kept.Push(block);
            }
        }
    }

    private PipeOptions Options(PipeScheduler reader, PipeScheduler writer) =>
        new(this, reader, writer, PipeSize, PipeSize / 2, BlockSize, useSynchronizationContext: true);

    private sealed class Block(PipeMemory pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockSize);

        public void Dispose() => pool.Return(this);
    }
}
