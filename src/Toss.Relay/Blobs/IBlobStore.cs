using Toss.Wire;

namespace Toss.Relay.Blobs;

/// <summary>
/// Blobs, in chunks, per owner. A blob exists once its last chunk was accepted, and is durable then; before that nobody
/// can read it, and its owner goes on where it stopped. A failed disk is a <see cref="RelayStorageException"/>. One conformance
/// suite holds for all implementations.
/// </summary>
public interface IBlobStore : IAsyncDisposable
{
    /// <summary>
    /// Which chunk comes next, or why the first would not be taken. Takes nothing. After a restart it may be one of those that were
    /// accepted: only what is durable counts.
    /// </summary>
    /// <param name="size">Bytes of the first chunk.</param>
    ValueTask<BlobStanding> AskAsync(MailboxId owner, BlobId blob, int count, int size, DateTimeOffset now);

    /// <summary>
    /// Takes the next chunk. Index 0 starts (again). All chunks but the last have the size of the first. Space for the
    /// whole blob is taken from the quota with the first chunk; half-done blobs of this owner that rest make room for it.
    /// </summary>
    ValueTask<BlobPutStatus> PutAsync(
        MailboxId owner,
        BlobId blob,
        int index,
        int count,
        ReadOnlyMemory<byte> chunk,
        DateTimeOffset now
    );

    /// <summary>Null if there is no such blob, or no such chunk in it.</summary>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(MailboxId owner, BlobId blob, int index, DateTimeOffset now);

    /// <summary>Frees its space, whether whole or half-done.</summary>
    ValueTask DeleteAsync(MailboxId owner, BlobId blob);

    /// <summary>Drops what is too old, and half-done blobs without progress.</summary>
    ValueTask ExpireAsync(DateTimeOffset now);

    ValueTask<BlobCounts> CountAsync();
}

public enum BlobPutStatus
{
    Accepted,
    OutOfOrder,
    Malformed,
    QuotaExceeded,
    TooMany,
}

/// <param name="Chunks">That are here, from the first on; all of them if the blob is whole.</param>
public readonly record struct BlobStanding(BlobPutStatus Status, int Chunks);

/// <param name="Bytes">Of whole ones, and the space that half-done ones have taken.</param>
/// <param name="Unfinished">Half-done ones.</param>
public readonly record struct BlobCounts(long Blobs, long Bytes, long Unfinished = 0);
