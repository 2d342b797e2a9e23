using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Blobs;

/// <summary>What opens and verifies a blob. Secret, as it holds the key.</summary>
/// <param name="Length">Plaintext bytes.</param>
/// <param name="ChunkHashes">
/// SHA-256 of each sealed chunk. Of more than <see cref="Limits.InlineChunkHashes"/> they are apart, and empty here until they were
/// fetched: <see cref="TryWithList"/>.
/// </param>
public sealed record BlobReference(BlobId Id, long Length, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> ChunkHashes)
{
    public int Chunks => (int)ChunksOf(Length);

    /// <summary>Its hashes do not travel beside its id: they stand behind its chunks, wherever those are.</summary>
    public bool IsListApart => Chunks > Limits.InlineChunkHashes;

    /// <summary>Single chunks can be verified.</summary>
    public bool HasList => !ChunkHashes.IsEmpty;

    /// <summary>Bytes of all sealed chunks, and of their hashes if those are apart: what travels and what a disk holds.</summary>
    public long SealedLength => ListStart + (IsListApart ? (long)Chunks * SHA256.HashSizeInBytes : 0);

    /// <summary>All of <see cref="SealedLength"/>, cut into pieces of a sealed chunk's size. Without a list apart they are the chunks.</summary>
    public int Pieces => (int)((SealedLength + Limits.SealedBlobChunk - 1) / Limits.SealedBlobChunk);

    /// <summary>Where the hashes begin that are apart.</summary>
    public long ListStart => Length + (long)Chunks * Aead.TagSize;

    public override string ToString() => $"BlobReference({Id.Short}, {Length} bytes)";

    public Blob ToWire() =>
        new()
        {
            Id = ByteString.CopyFrom(Id.ToBytes()),
            Length = Length,
            Key = ByteString.CopyFrom(Key.Span),
            ChunkHashes = IsListApart ? ByteString.Empty : ByteString.CopyFrom(ChunkHashes.Span),
        };

    /// <summary>What travels: without a list that is apart.</summary>
    public BlobReference WithoutList() => IsListApart ? this with { ChunkHashes = default } : this;

    /// <summary>With the hashes that a holder sent; false unless they are those that the id commits to.</summary>
    public bool TryWithList(ReadOnlyMemory<byte> chunkHashes, out BlobReference verified)
    {
        verified = this with { ChunkHashes = chunkHashes };
        return chunkHashes.Length == (long)Chunks * SHA256.HashSizeInBytes
            && Id == IdOf(Length, Key.Span, chunkHashes.Span);
    }

    /// <summary>
    /// False unless lengths agree and the id is the hash of length, key commitment and chunk hashes; of a list that is apart this is
    /// seen when it came.
    /// </summary>
    public static bool TryFromWire(Blob blob, long limit, out BlobReference reference)
    {
        reference = null!;
        if (
            blob.Length < 0
            || blob.Length > limit
            || blob.Key.Length != Aead.KeySize
            || ChunksOf(blob.Length) > Limits.BlobChunks
            || !BlobId.TryFrom(blob.Id.Span, out var id)
        )
        {
            return false;
        }
        var isApart = ChunksOf(blob.Length) > Limits.InlineChunkHashes;
        if (
            isApart
                ? !blob.ChunkHashes.IsEmpty
                : blob.ChunkHashes.Length != ChunksOf(blob.Length) * SHA256.HashSizeInBytes
                    || id != IdOf(blob.Length, blob.Key.Span, blob.ChunkHashes.Span)
        )
        {
            return false;
        }
        reference = new(id, blob.Length, blob.Key.Memory, blob.ChunkHashes.Memory);
        return true;
    }

    /// <summary>Chunks of a blob of this length: at least one, since an empty blob is one empty final chunk.</summary>
    internal static long ChunksOf(long length) => Math.Max(1, (length + Limits.BlobChunk - 1) / Limits.BlobChunk);

    /// <summary>The commitment stands for the key: AES-GCM alone would let two keys open one ciphertext.</summary>
    internal static BlobId IdOf(long length, ReadOnlySpan<byte> key, ReadOnlySpan<byte> chunkHashes)
    {
        var commitment = new Transcript(Labels.BlobKeyCommitment).Add(key).Hash();
        var hash = new Transcript(Labels.BlobId).Add(length).Add(commitment).Add(chunkHashes).Hash();
        _ = BlobId.TryFrom(hash, out var id);
        return id;
    }

    /// <summary>Bytes of one sealed chunk.</summary>
    public int SealedLengthOf(int index) => LengthOf(index) + Aead.TagSize;

    /// <summary>Plaintext bytes of one chunk.</summary>
    internal int LengthOf(int index) =>
        index == Chunks - 1 ? (int)(Length - ((long)index * Limits.BlobChunk)) : Limits.BlobChunk;
}
