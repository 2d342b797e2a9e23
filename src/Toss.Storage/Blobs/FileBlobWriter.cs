using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Storage.Blobs;

/// <summary>A blob in the staging directory. Calls come one after another.</summary>
internal sealed class FileBlobWriter(string staged, FileStream file, BlobPlaces places) : IBlobWriter
{
    private bool _ended;
    private bool _committed;

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> sealedChunks, CancellationToken cancellation)
    {
        if (_ended || sealedChunks.IsEmpty)
        {
            throw new ArgumentException("Every chunk but the last has the full size.", nameof(sealedChunks));
        }
        _ended = sealedChunks.Length % Limits.SealedBlobChunk != 0;
        await WriteAsync(sealedChunks, cancellation);
    }

    public async ValueTask AppendListAsync(ReadOnlyMemory<byte> chunkHashes, CancellationToken cancellation)
    {
        _ended = true;
        await WriteAsync(chunkHashes, cancellation);
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        await FileBlobStore.Run(
            () =>
            {
                FaultPoint.Before("Blob.Write");
                file.Write(bytes.Span);
                FaultPoint.After("Blob.Write");
                return true;
            },
            cancellation
        );

    public async ValueTask CommitAsync(BlobId blob, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_committed, this);
        await FileBlobStore.Run(
            () =>
            {
                FaultPoint.Before("Blob.Flush");
                file.Flush(flushToDisk: true);
                FaultPoint.After("Blob.Flush");
                file.Dispose();
                places.Place(staged, blob);
                return true;
            },
            cancellation
        );
        _committed = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_committed)
        {
            await FileBlobStore.Run(
                () =>
                {
                    file.Dispose();
                    FaultPoint.Before("Blob.Discard");
                    File.Delete(staged);
                    FaultPoint.After("Blob.Discard");
                    return true;
                },
                CancellationToken.None
            );
        }
    }
}
