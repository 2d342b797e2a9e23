using System.Security.Cryptography;

namespace Toss.Crypto.Blobs;

/// <summary>Verifies and opens single chunks, in any order.</summary>
public static class BlobOpener
{
    /// <summary>True if the sealed chunk is the one the reference names: what a fetcher checks before it keeps a chunk.</summary>
    public static bool Verify(BlobReference reference, int index, ReadOnlySpan<byte> sealedChunk)
    {
        if (index < 0 || index >= reference.Chunks || sealedChunk.Length != reference.LengthOf(index) + Aead.TagSize)
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

    /// <summary>False if the chunk is not authentic.</summary>
    public static bool TryOpen(BlobReference reference, int index, ReadOnlySpan<byte> sealedChunk, out byte[] plaintext)
    {
        plaintext = [];
        if (!Verify(reference, index, sealedChunk))
        {
            return false;
        }
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        BlobChunkNonce.Write(index, index == reference.Chunks - 1, nonce);
        return Aead.TryOpen(reference.Key.Span, nonce, [], sealedChunk, out plaintext);
    }
}
