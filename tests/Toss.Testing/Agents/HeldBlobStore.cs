using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Testing.Agents;

/// <summary>A blob store that keeps what comes waiting when a test wants that: a transfer is under way then, for as long as it takes.</summary>
internal sealed class HeldBlobStore(IBlobStore store) : IBlobStore
{
    /// <summary>Awaited before content is sealed, and before a chunk that comes is kept; null for no wait.</summary>
    public Task? Gate { get; set; }

    public async ValueTask<IBlobWriter> CreateAsync(CancellationToken cancellation)
    {
        await PassAsync(cancellation);
        return await store.CreateAsync(cancellation);
    }

    public async ValueTask<IPartialBlob> OpenPartialAsync(
        BlobId blob,
        long sealedLength,
        CancellationToken cancellation
    ) => new Part(this, await store.OpenPartialAsync(blob, sealedLength, cancellation));

    public ValueTask<int> CountChunksAsync(BlobId blob, CancellationToken cancellation) =>
        store.CountChunksAsync(blob, cancellation);

    public ValueTask<ChunkSet> HeldAsync(BlobId blob, CancellationToken cancellation) =>
        store.HeldAsync(blob, cancellation);

    public ValueTask<int> ReadChunksAsync(
        BlobId blob,
        int first,
        Memory<byte> buffer,
        CancellationToken cancellation
    ) => store.ReadChunksAsync(blob, first, buffer, cancellation);

    public ValueTask<IReadOnlyList<BlobId>> ListAsync(CancellationToken cancellation) => store.ListAsync(cancellation);

    public ValueTask<long> MeasureAsync(CancellationToken cancellation) => store.MeasureAsync(cancellation);

    /// <summary>What the disk is said to have room for; null for what it has.</summary>
    public long? Free { get; set; }

    public ValueTask<long> FreeAsync(CancellationToken cancellation) =>
        Free is { } free ? new(free) : store.FreeAsync(cancellation);

    public ValueTask DeleteAsync(BlobId blob, CancellationToken cancellation) => store.DeleteAsync(blob, cancellation);

    private Task PassAsync(CancellationToken cancellation) => Gate?.WaitAsync(cancellation) ?? Task.CompletedTask;

    private sealed class Part(HeldBlobStore store, IPartialBlob part) : IPartialBlob
    {
        public ChunkSet Held => part.Held;

        public async ValueTask WriteAsync(int index, ReadOnlyMemory<byte> sealedChunk, CancellationToken cancellation)
        {
            await store.PassAsync(cancellation);
            await part.WriteAsync(index, sealedChunk, cancellation);
        }

        public ValueTask CommitAsync(CancellationToken cancellation) => part.CommitAsync(cancellation);

        public ValueTask DisposeAsync() => part.DisposeAsync();
    }
}
