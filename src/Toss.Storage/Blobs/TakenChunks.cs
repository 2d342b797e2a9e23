using System.Buffers;

namespace Toss.Storage.Blobs;

/// <summary>Copies of chunks until they are written, by their place. Not thread-safe: for who holds the gate of their file.</summary>
internal sealed class TakenChunks
{
    private readonly SortedDictionary<int, Chunk> _chunks = [];

    public int Count => _chunks.Count;

    /// <summary>In the order of their places; good until they are removed.</summary>
    public KeyValuePair<int, Chunk>[] All => [.. _chunks];

    public void Add(int index, ReadOnlySpan<byte> bytes) => _chunks[index] = new Chunk(bytes);

    public void Remove(int index)
    {
        if (_chunks.Remove(index, out var chunk))
        {
            chunk.Return();
        }
    }

    /// <summary>Those from this one on, as many as the buffer has room for; their bytes.</summary>
    public int Read(int first, Span<byte> buffer)
    {
        var length = 0;
        for (
            var index = first;
            _chunks.TryGetValue(index, out var chunk) && chunk.Bytes.Length <= buffer.Length - length;
            index++
        )
        {
            chunk.Bytes.CopyTo(buffer[length..]);
            length += chunk.Bytes.Length;
        }
        return length;
    }

    public void Clear()
    {
        foreach (var chunk in _chunks.Values)
        {
            chunk.Return();
        }
        _chunks.Clear();
    }

    public readonly struct Chunk
    {
        private readonly byte[] _buffer;
        private readonly int _length;

        public Chunk(ReadOnlySpan<byte> bytes)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(_buffer);
            _length = bytes.Length;
        }

        public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

        internal void Return() => ArrayPool<byte>.Shared.Return(_buffer);
    }
}
