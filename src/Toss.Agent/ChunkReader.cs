using System.Buffers;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Sealed chunks of a blob that is here, a few read at a time: a turn at the disk costs more than what it brings. One read after
/// another; what it gave is good until the next.
/// </summary>
internal sealed class ChunkReader(IBlobStore blobs, BlobId blob) : IDisposable
{
    /// <summary>Just below 1 MiB sealed, which is what an array of the pool then has.</summary>
    public const int AtOnce = 7;

    private byte[]? _buffer;
    private int _first;
    private int _length;

    /// <summary>A <see cref="StoreException"/> if it is not here.</summary>
    /// <param name="wanted">Chunks from this one on that will be asked for.</param>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(int index, int wanted, CancellationToken cancellation)
    {
        if (!Has(index))
        {
            await FillAsync(index, Math.Clamp(wanted, 1, AtOnce), cancellation);
        }
        var at = (index - _first) * Limits.SealedBlobChunk;
        return _buffer.AsMemory(at, Math.Min(Limits.SealedBlobChunk, _length - at));
    }

    /// <summary>Read already.</summary>
    public bool Has(int index) => index >= _first && (long)(index - _first) * Limits.SealedBlobChunk < _length;

    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            (_buffer, _length) = (null, 0);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask FillAsync(int index, int count, CancellationToken cancellation)
    {
        _length = 0;
        var size = count * Limits.SealedBlobChunk;
        if (_buffer is not null && _buffer.Length < size)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
        _buffer ??= ArrayPool<byte>.Shared.Rent(size);
        var length = await blobs.ReadChunksAsync(blob, index, _buffer.AsMemory(0, size), cancellation);
        (_first, _length) =
            length > 0
                ? (index, length)
                : throw new StoreException(StoreFailure.Damaged, $"Blob {blob.Short} is gone from this device.");
    }
}
