using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Testing.Storage;

/// <summary>Blobs with arrays instead of buffers, which is enough for a test.</summary>
public static class TestBlobs
{
    /// <summary>The sealed chunk.</summary>
    public static byte[] Seal(this BlobSealer sealer, ReadOnlySpan<byte> plaintext, bool final)
    {
        var buffer = new byte[Limits.SealedBlobChunk];
        return buffer[..sealer.Seal(plaintext, final, buffer)];
    }

    public static bool TryOpen(BlobReference reference, int index, ReadOnlySpan<byte> sealedChunk, out byte[] plaintext)
    {
        var buffer = new byte[Limits.BlobChunk];
        var isOpened = BlobOpener.TryOpen(reference, index, sealedChunk, buffer, out var length);
        plaintext = buffer[..length];
        return isOpened;
    }

    /// <summary>One sealed chunk; null if it is not here.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        this IBlobStore store,
        BlobId blob,
        int index,
        CancellationToken cancellation
    )
    {
        var buffer = new byte[Limits.SealedBlobChunk];
        ReadOnlyMemory<byte>? chunk = null;
        if (await store.ReadChunksAsync(blob, index, buffer, cancellation) is > 0 and var length)
        {
            chunk = buffer.AsMemory(0, length);
        }
        return chunk;
    }

    /// <summary>A blob of this content: what opens it, and its sealed chunks.</summary>
    public static (BlobReference Reference, IReadOnlyList<byte[]> Chunks) Of(ReadOnlySpan<byte> content, ulong seed = 1)
    {
        using var sealer = new BlobSealer(new SeededRandomSource(seed));
        var chunks = new List<byte[]>();
        do
        {
            var chunk = content[..Math.Min(Limits.BlobChunk, content.Length)];
            content = content[chunk.Length..];
            chunks.Add(sealer.Seal(chunk, content.IsEmpty));
        } while (!content.IsEmpty);
        return (sealer.Finish(), chunks);
    }
}
