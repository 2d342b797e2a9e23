using System.Buffers;
using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Reads the content of a blob from any place on, also of one that is still coming: what is not here yet is waited for. Holds
/// a few chunks at a time, whatever the size. One read after another; disposed when none is under way.
/// </summary>
/// <param name="until">
/// Returns when a chunk is here; a <see cref="StoreException"/> that says why if it does not come. Null if the blob is whole.
/// </param>
internal sealed class BlobReader(
    IBlobStore blobs,
    BlobReference blob,
    Func<int, CancellationToken, ValueTask>? until = null
) : IDisposable
{
    private readonly ChunkReader _chunks = new(blobs, blob.Id);
    private readonly byte[] _plain = ArrayPool<byte>.Shared.Rent(Limits.BlobChunk);
    private int _index = -1;
    private int _length;

    /// <summary>Bytes of the content.</summary>
    public long Length => blob.Length;

    /// <summary>
    /// Bytes from here on, at least one and as many as are here without waiting; 0 at the end. A <see cref="StoreException"/> if the
    /// blob is damaged, gone, or will not come.
    /// </summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= blob.Length || buffer.IsEmpty)
        {
            return 0;
        }
        var read = 0;
        do
        {
            read += await ReadChunkAsync(offset + read, buffer[read..], cancellation);
        } while (read < buffer.Length && offset + read < blob.Length && IsAtHand((offset + read) / Limits.BlobChunk));
        return read;
    }

    public void Dispose()
    {
        _chunks.Dispose();
        // What was on somebody's clipboard does not stay behind.
        ArrayPool<byte>.Shared.Return(_plain, clearArray: true);
    }

    private bool IsAtHand(long index) => until is null || _chunks.Has((int)index);

    /// <summary>As much as one chunk gives: straight into the buffer where all of it fits.</summary>
    private async ValueTask<int> ReadChunkAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        var (index, at) = ((int)(offset / Limits.BlobChunk), (int)(offset % Limits.BlobChunk));
        if (_index != index)
        {
            var wanted = (buffer.Length + at + Limits.BlobChunk - 1) / Limits.BlobChunk;
            if (at == 0 && buffer.Length >= Limits.BlobChunk)
            {
                return await OpenAsync(index, wanted, buffer, cancellation);
            }
            _index = -1;
            _length = await OpenAsync(index, wanted, _plain, cancellation);
            _index = index;
        }
        var count = Math.Min(_length - at, buffer.Length);
        _plain.AsSpan(at, count).CopyTo(buffer.Span);
        return count;
    }

    /// <summary>The bytes of one chunk.</summary>
    private async ValueTask<int> OpenAsync(int index, int wanted, Memory<byte> plain, CancellationToken cancellation)
    {
        if (until is not null)
        {
            await until(index, cancellation);
        }
        // Not cancelled: a store that goes on all the same would write into what is somebody else's by then.
        var chunk = await _chunks.ReadAsync(index, wanted, CancellationToken.None);
        // Behind the last chunk the list may begin.
        var exact = chunk.Span[..Math.Min(chunk.Length, blob.SealedLengthOf(index))];
        return BlobOpener.TryOpen(blob, index, exact, plain.Span, out var length)
            ? length
            : throw new StoreException(StoreFailure.Damaged, $"Blob {blob.Id.Short} on this device is damaged.");
    }
}
