using Toss.Core.Blobs;
using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>
/// Sealed blobs on this device's disk, whole or in part: the same bytes that travel. A list of hashes that is apart stands behind
/// the last chunk; all of it is read, written and counted in pieces of a sealed chunk's size, which are the chunks where there is no
/// list. Fails with <see cref="StoreException"/> only.
/// </summary>
public interface IBlobStore
{
    /// <summary>A staging place for a blob whose id is known only when it is whole. Dispose without commit erases it.</summary>
    ValueTask<IBlobWriter> CreateAsync(CancellationToken cancellation);

    /// <summary>
    /// Goes on with a blob whose chunks come one by one, with what is here of it. Its space is taken at once. For one at a
    /// time; one that is whole needs nothing.
    /// </summary>
    /// <param name="sealedLength">Bytes of all its chunks.</param>
    ValueTask<IPartialBlob> OpenPartialAsync(BlobId blob, long sealedLength, CancellationToken cancellation);

    /// <summary>Chunks of a whole blob; 0 if it is not here, or not whole.</summary>
    ValueTask<int> CountChunksAsync(BlobId blob, CancellationToken cancellation);

    /// <summary>Which chunks can be read, also of a blob that is not whole; an empty set of none if nothing is here.</summary>
    ValueTask<ChunkSet> HeldAsync(BlobId blob, CancellationToken cancellation);

    /// <summary>
    /// Sealed chunks from this one on, one behind the other, as many as are here and the buffer has room for; their bytes, 0 if the
    /// first is not here. Each is <see cref="Limits.SealedBlobChunk"/> bytes but the last of the blob.
    /// </summary>
    ValueTask<int> ReadChunksAsync(BlobId blob, int first, Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>Every blob that is here, whole or in part, in no order.</summary>
    ValueTask<IReadOnlyList<BlobId>> ListAsync(CancellationToken cancellation);

    /// <summary>Bytes of every blob that is here, of those in part what is taken for them.</summary>
    ValueTask<long> MeasureAsync(CancellationToken cancellation);

    /// <summary>Bytes that the disk has room for now.</summary>
    ValueTask<long> FreeAsync(CancellationToken cancellation);

    /// <summary>Whole or in part. Nothing happens if it is not here.</summary>
    ValueTask DeleteAsync(BlobId blob, CancellationToken cancellation);
}

public interface IBlobWriter : IAsyncDisposable
{
    /// <summary>One chunk or several, one behind the other; only the last of the blob is shorter than the others.</summary>
    ValueTask AppendAsync(ReadOnlyMemory<byte> sealedChunks, CancellationToken cancellation);

    /// <summary>The hashes that are apart, behind the last chunk.</summary>
    ValueTask AppendListAsync(ReadOnlyMemory<byte> chunkHashes, CancellationToken cancellation);

    /// <summary>Durable under this id when it returns.</summary>
    ValueTask CommitAsync(BlobId blob, CancellationToken cancellation);
}

/// <summary>
/// A blob that is not whole. What was taken can be read at once, becomes durable in parts, and when this is disposed: a process
/// that is killed has lost <see cref="ChunksBetweenSyncs"/> chunks at most, beside those whose write had not returned. Several may
/// write at once.
/// </summary>
public interface IPartialBlob : IAsyncDisposable
{
    /// <summary>A copy of what is here.</summary>
    ChunkSet Held { get; }

    /// <summary>
    /// Of the right size, verified by the caller, whose buffer it stays. A disk that fails may say so at a later call only, at
    /// <see cref="CommitAsync"/> or when this is disposed at the latest.
    /// </summary>
    ValueTask WriteAsync(int index, ReadOnlyMemory<byte> sealedChunk, CancellationToken cancellation);

    /// <summary>All chunks are here: whole and durable when it returns.</summary>
    ValueTask CommitAsync(CancellationToken cancellation);

    /// <summary>
    /// A part in 256, 4 MiB at most, which a disk writes in a moment, and two chunks at least: less than half of one percent of what is
    /// larger than 50 MiB. What comes in a moment as a whole comes anew: a disk that is waited for often would take longer than that.
    /// </summary>
    static int ChunksBetweenSyncs(int chunks) =>
        chunks < ChunksAtOnce ? 2 * ChunksAtOnce : Math.Clamp(chunks / 256, 2, 32);

    /// <summary>A blob of fewer than these is fetched in a moment: <see cref="Limits.HeldContent"/>.</summary>
    private const int ChunksAtOnce = Limits.HeldContent / Limits.BlobChunk;
}
