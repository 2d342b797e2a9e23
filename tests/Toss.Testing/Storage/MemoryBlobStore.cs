using System.Collections.Concurrent;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Testing.Storage;

/// <summary>Blobs in memory, with the same rules as the store of files.</summary>
public sealed class MemoryBlobStore : IBlobStore
{
    private readonly ConcurrentDictionary<BlobId, IReadOnlyList<ReadOnlyMemory<byte>>> _blobs = new();

    /// <summary>Set to let every write fail the way a full disk does.</summary>
    public bool Full { get; set; }

    /// <summary>Every blob held, in id order.</summary>
    public IEnumerable<BlobId> Ids => _blobs.Keys.Order();

    public ValueTask<IBlobWriter> CreateAsync(CancellationToken cancellation) => new(new Writer(this));

    public ValueTask<int> CountChunksAsync(BlobId blob, CancellationToken cancellation) =>
        new(_blobs.TryGetValue(blob, out var chunks) ? chunks.Count : 0);

    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(BlobId blob, int index, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ReadOnlyMemory<byte>? chunk = null;
        if (_blobs.TryGetValue(blob, out var chunks) && index < chunks.Count)
        {
            chunk = chunks[index];
        }
        return new(chunk);
    }

    public ValueTask<IReadOnlyList<BlobId>> ListAsync(CancellationToken cancellation) => new([.. _blobs.Keys.Order()]);

    public ValueTask<long> MeasureAsync(CancellationToken cancellation) =>
        new(_blobs.Values.Sum(chunks => chunks.Sum(chunk => (long)chunk.Length)));

    public ValueTask DeleteAsync(BlobId blob, CancellationToken cancellation)
    {
        _blobs.TryRemove(blob, out _);
        return ValueTask.CompletedTask;
    }

    private sealed class Writer(MemoryBlobStore store) : IBlobWriter
    {
        private readonly List<ReadOnlyMemory<byte>> _chunks = [];

        public ValueTask AppendAsync(ReadOnlyMemory<byte> sealedChunk, CancellationToken cancellation)
        {
            if (
                sealedChunk.Length is 0 or > Limits.SealedBlobChunk
                || (_chunks.Count > 0 && _chunks[^1].Length < Limits.SealedBlobChunk)
            )
            {
                throw new ArgumentException("Every chunk but the last has the full size.", nameof(sealedChunk));
            }
            if (store.Full)
            {
                throw new StoreException(StoreFailure.DiskFull, "The disk is full.");
            }
            _chunks.Add(sealedChunk.ToArray());
            return ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(BlobId blob, CancellationToken cancellation)
        {
            if (store.Full)
            {
                throw new StoreException(StoreFailure.DiskFull, "The disk is full.");
            }
            store._blobs[blob] = _chunks;
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
