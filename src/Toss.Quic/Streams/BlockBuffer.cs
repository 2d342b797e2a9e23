namespace Toss.Quic.Streams;

/// <summary>
/// The bytes of a stream by their offsets, in blocks that exist only where something was written. Which bytes are there is
/// known to the caller, as is the bound on offsets.
/// </summary>
internal sealed class BlockBuffer(BlockPool pool)
{
    private readonly List<byte[]?> _blocks = [];

    // The number of the block that _blocks[0] is.
    private long _first;

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var at = (int)((offset / BlockPool.BlockLength) - _first);
            while (_blocks.Count <= at)
            {
                _blocks.Add(null);
            }
            var room = (_blocks[at] ??= pool.Take()).AsSpan((int)(offset % BlockPool.BlockLength));
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
            var block = _blocks[(int)((offset / BlockPool.BlockLength) - _first)]!;
            var held = block.AsSpan((int)(offset % BlockPool.BlockLength));
            var length = Math.Min(held.Length, into.Length);
            held[..length].CopyTo(into);
            into = into[length..];
            offset += length;
        }
    }

    /// <summary>Gives back the blocks that end at or before the offset.</summary>
    public void ReleaseBefore(long offset)
    {
        var count = (int)Math.Min((offset / BlockPool.BlockLength) - _first, _blocks.Count);
        if (count <= 0)
        {
            return;
        }
        Return(count);
        _blocks.RemoveRange(0, count);
        _first += count;
    }

    /// <summary>Gives back all when everything before the offset is done with and nothing after it was written.</summary>
    public void Restart(long offset)
    {
        Return(_blocks.Count);
        _blocks.Clear();
        _first = offset / BlockPool.BlockLength;
    }

    private void Return(int count)
    {
        for (var at = 0; at < count; at++)
        {
            if (_blocks[at] is { } block)
            {
                pool.Return(block);
            }
        }
    }
}
