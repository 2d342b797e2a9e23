using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Blobs;

/// <summary>What opens and verifies a blob. Secret, as it holds the key.</summary>
/// <param name="Length">Plaintext bytes.</param>
/// <param name="ChunkHashes">SHA-256 of each sealed chunk.</param>
public sealed record BlobReference(BlobId Id, long Length, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> ChunkHashes)
{
    public int Chunks => ChunkHashes.Length / SHA256.HashSizeInBytes;

    /// <summary>Bytes of all sealed chunks: what travels and what a disk holds.</summary>
    public long SealedLength => Length + (long)Chunks * Aead.TagSize;

    public override string ToString() => $"BlobReference({Id.Short}, {Length} bytes)";

    public Blob ToWire() =>
        new()
        {
            Id = ByteString.CopyFrom(Id.ToBytes()),
            Length = Length,
            Key = ByteString.CopyFrom(Key.Span),
            ChunkHashes = ByteString.CopyFrom(ChunkHashes.Span),
        };

    /// <summary>False unless lengths agree and the id is the hash of length, key commitment and chunk hashes.</summary>
    public static bool TryFromWire(Blob blob, long limit, out BlobReference reference)
    {
        reference = null!;
        if (
            blob.Length < 0
            || blob.Length > limit
            || blob.Key.Length != Aead.KeySize
            || blob.ChunkHashes.Length != ChunksOf(blob.Length) * SHA256.HashSizeInBytes
            || !BlobId.TryFrom(blob.Id.Span, out var id)
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

    /// <summary>Plaintext bytes of one chunk.</summary>
    internal int LengthOf(int index) =>
        index == Chunks - 1 ? (int)(Length - ((long)index * Limits.BlobChunk)) : Limits.BlobChunk;
}
