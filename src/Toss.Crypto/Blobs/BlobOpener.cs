using System.Security.Cryptography;
using Toss.Wire;

namespace Toss.Crypto.Blobs;

/// <summary>Verifies and opens single chunks, in any order.</summary>
public static class BlobOpener
{
    /// <summary>
    /// True if the sealed chunk is the one the reference names: what a fetcher checks before it keeps a chunk. Of a reference without
    /// its list no chunk is.
    /// </summary>
    public static bool Verify(BlobReference reference, int index, ReadOnlySpan<byte> sealedChunk)
    {
        if (
            !reference.HasList
            || index < 0
            || index >= reference.Chunks
            || sealedChunk.Length != reference.SealedLengthOf(index)
        )
        {
            return false;
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(sealedChunk, hash);
        return CryptographicOperations.FixedTimeEquals(
            hash,
            reference.ChunkHashes.Span.Slice(index * hash.Length, hash.Length)
        );
    }

    /// <summary>
    /// False if the chunk is not authentic; else its plaintext, of this length, is in the buffer. Without a list that is apart the
    /// tag alone is checked: that is for chunks on this device, which were verified when they came.
    /// </summary>
    /// <param name="plaintext">Room for <see cref="Limits.BlobChunk"/> bytes.</param>
    public static bool TryOpen(
        BlobReference reference,
        int index,
        ReadOnlySpan<byte> sealedChunk,
        Span<byte> plaintext,
        out int length
    )
    {
        length = 0;
        var isNamed = reference.HasList
            ? Verify(reference, index, sealedChunk)
            : index >= 0 && index < reference.Chunks && sealedChunk.Length == reference.SealedLengthOf(index);
        if (!isNamed)
        {
            return false;
        }
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        BlobChunkNonce.Write(index, index == reference.Chunks - 1, nonce);
        var opened = plaintext[..(sealedChunk.Length - Aead.TagSize)];
        using var aead = new Aead(reference.Key.Span);
        if (!aead.TryOpen(nonce, [], sealedChunk, opened))
        {
            return false;
        }
        length = opened.Length;
        return true;
    }
}
