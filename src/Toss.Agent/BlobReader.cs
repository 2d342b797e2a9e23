using System.Buffers;
using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Reads the content of a blob from any place on, also of one that is still coming: what is not here yet is waited for. Holds
/// one chunk at a time, whatever the size. One read after another; disposed when none is under way.
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
    private readonly byte[] _sealed = ArrayPool<byte>.Shared.Rent(Limits.SealedBlobChunk);
    private readonly byte[] _plain = ArrayPool<byte>.Shared.Rent(Limits.BlobChunk);
    private int _index = -1;
    private int _length;

    /// <summary>Bytes of the content.</summary>
    public long Length => blob.Length;

    /// <summary>
    /// Bytes from here on, at least one and as many as one chunk gives; 0 at the end. A <see cref="StoreException"/> if the blob is
    /// damaged, gone, or will not come.
    /// </summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= blob.Length || buffer.IsEmpty)
        {
            return 0;
        }
        var (index, at) = Math.DivRem(offset, Limits.BlobChunk);
        if (_index != index)
        {
            await OpenAsync((int)index, cancellation);
        }
        var count = Math.Min(_length - (int)at, buffer.Length);
        _plain.AsSpan((int)at, count).CopyTo(buffer.Span);
        return count;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_sealed);
        // What was on somebody's clipboard does not stay behind.
        ArrayPool<byte>.Shared.Return(_plain, clearArray: true);
    }

    private async ValueTask OpenAsync(int index, CancellationToken cancellation)
    {
        _index = -1;
        if (until is not null)
        {
            await until(index, cancellation);
        }
        // Not cancelled: a store that goes on all the same would write into what is somebody else's by then.
        var chunk = await blobs.NeedChunkAsync(blob.Id, index, _sealed, CancellationToken.None);
        // Behind the last chunk the list may begin.
        var exact = chunk.Span[..Math.Min(chunk.Length, blob.SealedLengthOf(index))];
        if (!BlobOpener.TryOpen(blob, index, exact, _plain, out _length))
        {
            throw new StoreException(StoreFailure.Damaged, $"Blob {blob.Id.Short} on this device is damaged.");
        }
        _index = index;
    }
}
