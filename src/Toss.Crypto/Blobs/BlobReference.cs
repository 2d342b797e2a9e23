using Toss.Wire;

namespace Toss.Crypto.Blobs;

/// <summary>What opens and verifies a blob. Secret, as it holds the key.</summary>
/// <param name="Length">Plaintext bytes.</param>
/// <param name="ChunkHashes">SHA-256 of each sealed chunk.</param>
public sealed record BlobReference(BlobId Id, long Length, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> ChunkHashes)
{
    public int Chunks => ChunkHashes.Length / 32;

    public override string ToString() => $"BlobReference({Id.Short}, {Length} bytes)";

    public Blob ToWire() => throw new NotImplementedException();

    /// <summary>False unless lengths agree and the id is the hash of length, key commitment and chunk hashes.</summary>
    public static bool TryFromWire(Blob blob, long limit, out BlobReference reference) =>
        throw new NotImplementedException();
}
