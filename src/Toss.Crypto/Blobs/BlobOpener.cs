namespace Toss.Crypto.Blobs;

/// <summary>Verifies and opens single chunks, in any order.</summary>
public static class BlobOpener
{
    /// <summary>True if the sealed chunk is the one the reference names: what a fetcher checks before it keeps a chunk.</summary>
    public static bool Verify(BlobReference reference, int index, ReadOnlySpan<byte> sealedChunk) =>
        throw new NotImplementedException();

    /// <summary>False if the chunk is not authentic.</summary>
    public static bool TryOpen(
        BlobReference reference,
        int index,
        ReadOnlySpan<byte> sealedChunk,
        out byte[] plaintext
    ) => throw new NotImplementedException();
}
