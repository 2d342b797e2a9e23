namespace Toss.Quic.Streams;

/// <summary>
/// The bytes of a stream by their offsets, in blocks that exist only where something was written. Which bytes are there is
/// known to the caller, as is the bound on offsets.
/// </summary>
internal sealed class BlockBuffer(BlockPool pool)
{
    private const int FirstRoom = 4;

    // By the block's number, modulo a power of two. A list whose beginning is taken off moves a thousand blocks for one:
    // that was 5 % of what sending costs.
    private byte[]?[] _ring = [];

    // The numbers of the first block that is kept, and of the one behind the last.
    private long _first;
    private long _end;

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var number = offset / BlockPool.BlockLength;
            while (number - _first >= _ring.Length)
            {
                Grow();
            }
            _end = Math.Max(_end, number + 1);
            var room = (Block(number) ??= pool.Take()).AsSpan((int)(offset % BlockPool.BlockLength));
            var length = Math.Min(room.Length, data.Length);
            data[..length].CopyTo(room);
            data = data[length..];
            offset += length;
        }
    }

    /// <summary>Copies bytes that were written and not released.</summary>
    public void Read(long offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var held = Block(offset / BlockPool.BlockLength).AsSpan((int)(offset % BlockPool.BlockLength));
            var length = Math.Min(held.Length, into.Length);
            held[..length].CopyTo(into);
            into = into[length..];
            offset += length;
        }
    }

    /// <summary>Gives back the blocks that end at or before the offset.</summary>
    public void ReleaseBefore(long offset) => Release(Math.Min(offset / BlockPool.BlockLength, _end));

    /// <summary>Gives back all when everything before the offset is done with and nothing after it was written.</summary>
    public void Restart(long offset)
    {
        Release(_end);
        _first = _end = offset / BlockPool.BlockLength;
    }

    private ref byte[]? Block(long number) => ref _ring[(int)(number & (_ring.Length - 1))];

    private void Release(long end)
    {
        for (; _first < end; _first++)
        {
            ref var block = ref Block(_first);
            if (block is not null)
            {
                pool.Return(block);
                block = null;
            }
        }
    }

    private void Grow()
    {
        var larger = new byte[Math.Max(FirstRoom, _ring.Length * 2)][];
        for (var number = _first; number < _end; number++)
        {
            larger[(int)(number & (larger.Length - 1))] = Block(number)!;
        }
        _ring = larger;
    }
}
