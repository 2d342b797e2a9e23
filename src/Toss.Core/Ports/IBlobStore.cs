using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>Sealed blobs on this device's disk: the same bytes that travel. Fails with <see cref="StoreException"/> only.</summary>
public interface IBlobStore
{
    /// <summary>A staging place for a blob whose id is known only when it is whole. Dispose without commit erases it.</summary>
    ValueTask<IBlobWriter> CreateAsync(CancellationToken cancellation);

    /// <summary>Chunks held, 0 if the blob is not here.</summary>
    ValueTask<int> CountChunksAsync(BlobId blob, CancellationToken cancellation);

    /// <summary>One sealed chunk; null if it is not here.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(BlobId blob, int index, CancellationToken cancellation);

    /// <summary>Every blob that is here whole, in no order.</summary>
    ValueTask<IReadOnlyList<BlobId>> ListAsync(CancellationToken cancellation);

    /// <summary>Bytes of every blob that is here whole.</summary>
    ValueTask<long> MeasureAsync(CancellationToken cancellation);

    /// <summary>Nothing happens if it is not here.</summary>
    ValueTask DeleteAsync(BlobId blob, CancellationToken cancellation);
}

public interface IBlobWriter : IAsyncDisposable
{
    ValueTask AppendAsync(ReadOnlyMemory<byte> sealedChunk, CancellationToken cancellation);

    /// <summary>Durable under this id when it returns.</summary>
    ValueTask CommitAsync(BlobId blob, CancellationToken cancellation);
}

public static class BlobStoreReading
{
    /// <summary>A chunk of a blob that was here a moment ago; a <see cref="StoreException"/> if it is gone.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> NeedChunkAsync(
        this IBlobStore blobs,
        BlobId blob,
        int index,
        CancellationToken cancellation
    ) =>
        await blobs.ReadChunkAsync(blob, index, cancellation)
        ?? throw new StoreException(StoreFailure.Damaged, $"Blob {blob.Short} is gone from this device.");
}
