using System.Collections.Concurrent;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Testing.Storage;

/// <summary>
/// Blobs in memory, with the same rules as the store of files. It outlives the process of a simulation: of a blob that was
/// being fetched by one that is gone it has what was durable.
/// </summary>
public sealed class MemoryBlobStore : IBlobStore
{
    private readonly ConcurrentDictionary<BlobId, IReadOnlyList<ReadOnlyMemory<byte>>> _blobs = new();
    private readonly ConcurrentDictionary<BlobId, Part> _parts = new();
    private static readonly ReadOnlyMemory<byte>? s_nothing = null;
    private int _staged;

    /// <summary>Set to let every write fail the way a full disk does.</summary>
    public bool Full { get; set; }

    /// <summary>Every blob held whole, in id order.</summary>
    public IEnumerable<BlobId> Ids => _blobs.Keys.Order();

    /// <summary>Every blob of which there is a part.</summary>
    public IEnumerable<BlobId> Parts => _parts.Keys.Order();

    /// <summary>How many chunks of it are here.</summary>
    public int HeldOf(BlobId blob) => Held(blob).Held;

    /// <summary>Writers that were neither committed nor disposed.</summary>
    public int Staged => _staged;

    public ValueTask<IBlobWriter> CreateAsync(CancellationToken cancellation) => new(new Writer(this));

    public ValueTask<IPartialBlob> OpenPartialAsync(BlobId blob, long sealedLength, CancellationToken cancellation)
    {
        FailIfFull();
        var durable = _parts.TryGetValue(blob, out var before) && before.SealedLength == sealedLength ? before : null;
        var part = new Part(this, blob, sealedLength, durable);
        _parts[blob] = part;
        return new(part);
    }

    public ValueTask<int> CountChunksAsync(BlobId blob, CancellationToken cancellation) =>
        new(_blobs.TryGetValue(blob, out var chunks) ? chunks.Count : 0);

    public ValueTask<ChunkSet> HeldAsync(BlobId blob, CancellationToken cancellation) => new(Held(blob));

    public ValueTask<int> ReadChunksAsync(BlobId blob, int first, Memory<byte> buffer, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        var length = 0;
        for (var index = first; Chunk(blob, index) is { } chunk && chunk.Length <= buffer.Length - length; index++)
        {
            chunk.CopyTo(buffer[length..]);
            length += chunk.Length;
        }
        return new(length);
    }

    private ReadOnlyMemory<byte>? Chunk(BlobId blob, int index)
    {
        // Whole since the first look, perhaps.
        return Whole() ?? (_parts.TryGetValue(blob, out var part) ? part.Read(index) : s_nothing) ?? Whole();

        ReadOnlyMemory<byte>? Whole() =>
            _blobs.TryGetValue(blob, out var chunks) && index < chunks.Count ? chunks[index] : s_nothing;
    }

    public ValueTask<IReadOnlyList<BlobId>> ListAsync(CancellationToken cancellation) =>
        new([.. _blobs.Keys.Union(_parts.Keys).Order()]);

    public ValueTask<long> MeasureAsync(CancellationToken cancellation) =>
        new(_blobs.Values.Sum(chunks => chunks.Sum(chunk => (long)chunk.Length)));

    public ValueTask<long> FreeAsync(CancellationToken cancellation) => new(Full ? 0 : long.MaxValue);

    public ValueTask DeleteAsync(BlobId blob, CancellationToken cancellation)
    {
        _blobs.TryRemove(blob, out _);
        _parts.TryRemove(blob, out _);
        return ValueTask.CompletedTask;
    }

    private ChunkSet Held(BlobId blob) =>
        _blobs.TryGetValue(blob, out var chunks) ? ChunkSet.Whole(chunks.Count)
        : _parts.TryGetValue(blob, out var part) ? part.Held
        : new ChunkSet(0);

    private void FailIfFull()
    {
        if (Full)
        {
            throw new StoreException(StoreFailure.DiskFull, "The disk is full.");
        }
    }

    private sealed class Writer : IBlobWriter
    {
        private readonly MemoryBlobStore _store;
        private readonly List<ReadOnlyMemory<byte>> _chunks = [];
        private bool _isEnded;

        public Writer(MemoryBlobStore store)
        {
            _store = store;
            Interlocked.Increment(ref store._staged);
        }

        public ValueTask AppendAsync(ReadOnlyMemory<byte> sealedChunks, CancellationToken cancellation)
        {
            if (sealedChunks.IsEmpty || _isEnded || (_chunks.Count > 0 && _chunks[^1].Length < Limits.SealedBlobChunk))
            {
                throw new ArgumentException("Every chunk but the last has the full size.", nameof(sealedChunks));
            }
            _store.FailIfFull();
            _chunks.AddRange(
                sealedChunks.ToArray().Chunk(Limits.SealedBlobChunk).Select(chunk => (ReadOnlyMemory<byte>)chunk)
            );
            return ValueTask.CompletedTask;
        }

        public ValueTask AppendListAsync(ReadOnlyMemory<byte> chunkHashes, CancellationToken cancellation)
        {
            _store.FailIfFull();
            _isEnded = true;
            // Behind the last chunk, in pieces of the same size.
            byte[] tail = [.. _chunks[^1].Span, .. chunkHashes.Span];
            _chunks.RemoveAt(_chunks.Count - 1);
            _chunks.AddRange(tail.Chunk(Limits.SealedBlobChunk).Select(piece => (ReadOnlyMemory<byte>)piece));
            return ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(BlobId blob, CancellationToken cancellation)
        {
            _store.FailIfFull();
            _store._blobs[blob] = _chunks;
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref _store._staged);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Part : IPartialBlob
    {
        private readonly MemoryBlobStore _store;
        private readonly BlobId _blob;
        private readonly Lock _gate = new();
        private readonly ReadOnlyMemory<byte>?[] _chunks;
        private readonly ChunkSet _held;
        private ChunkSet _durable;
        private StoreException? _failure;

        public Part(MemoryBlobStore store, BlobId blob, long sealedLength, Part? before)
        {
            (_store, _blob, SealedLength) = (store, blob, sealedLength);
            var count = (int)((sealedLength + Limits.SealedBlobChunk - 1) / Limits.SealedBlobChunk);
            _chunks = new ReadOnlyMemory<byte>?[count];
            _durable = before?._durable ?? new ChunkSet(count);
            _held = _durable.Copy();
            for (var index = 0; index < count; index++)
            {
                _chunks[index] = _durable.Contains(index) ? before!._chunks[index] : null;
            }
        }

        public long SealedLength { get; }

        public ChunkSet Held
        {
            get
            {
                lock (_gate)
                {
                    return _held.Copy();
                }
            }
        }

        public ReadOnlyMemory<byte>? Read(int index)
        {
            lock (_gate)
            {
                return index < _chunks.Length ? _chunks[index] : null;
            }
        }

        public ValueTask WriteAsync(int index, ReadOnlyMemory<byte> sealedChunk, CancellationToken cancellation)
        {
            var size = Math.Min(Limits.SealedBlobChunk, SealedLength - (long)index * Limits.SealedBlobChunk);
            if (index < 0 || index >= _chunks.Length || sealedChunk.Length != size)
            {
                throw new ArgumentException("Every chunk has its place and its size.", nameof(sealedChunk));
            }
            FailIfFull();
            lock (_gate)
            {
                _chunks[index] = sealedChunk.ToArray();
                _held.Add(index);
                if (_held.Held - _durable.Held >= IPartialBlob.ChunksBetweenSyncs(_chunks.Length))
                {
                    _durable = _held.Copy();
                }
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(CancellationToken cancellation)
        {
            if (!Held.IsWhole)
            {
                throw new InvalidOperationException($"Blob {_blob.Short} is not whole.");
            }
            FailIfFull();
            if (_store._parts.TryGetValue(_blob, out var part) && part == this)
            {
                // The whole before the part goes: somebody may be reading it.
                _store._blobs[_blob] = [.. _chunks.Select(chunk => chunk!.Value)];
                _store._parts.TryRemove(_blob, out _);
                return ValueTask.CompletedTask;
            }
            throw new StoreException(StoreFailure.Other, "It was erased meanwhile.");
        }

        /// <summary>What failed before is said once more, as the store of files does.</summary>
        public ValueTask DisposeAsync()
        {
            lock (_gate)
            {
                _durable = _held.Copy();
            }
            return _failure is null ? ValueTask.CompletedTask : ValueTask.FromException(_failure);
        }

        private void FailIfFull()
        {
            try
            {
                _store.FailIfFull();
            }
            catch (StoreException failure)
            {
                _failure = failure;
                throw;
            }
        }
    }
}
