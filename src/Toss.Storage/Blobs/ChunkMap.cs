using System.Buffers.Binary;
using Toss.Core.Blobs;
using Toss.Wire;

namespace Toss.Storage.Blobs;

/// <summary>
/// The file beside a part: bytes of the whole blob (64 bits, little-endian), then a bit for each chunk that is durable. It is
/// written over in place, which any instant survives: a bit is set after its chunk is on the disk, and never taken back, so
/// whatever mixture of old and new bytes a crash leaves is true.
/// </summary>
internal sealed record ChunkMap(long SealedLength, ChunkSet Held)
{
    private const int HeadSize = sizeof(long);

    /// <summary>Of the largest blob there is, and one byte more: what is longer is no map.</summary>
    private static readonly int MostSize = HeadSize + ChunkSet.SizeOf(Limits.BlobPieces) + 1;

    public static int ChunksOf(long sealedLength) =>
        checked((int)((sealedLength + Limits.SealedBlobChunk - 1) / Limits.SealedBlobChunk));

    /// <summary>Null if there is none, or it is no map.</summary>
    public static ChunkMap? TryRead(string path)
    {
        if (ReadIfThere(path) is not { } bytes)
        {
            return null;
        }
        if (bytes.Length < HeadSize)
        {
            return null;
        }
        var length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return
            length > 0
            && length <= (long)int.MaxValue * Limits.SealedBlobChunk
            && bytes.Length == HeadSize + ChunkSet.SizeOf(ChunksOf(length))
            ? new ChunkMap(length, ChunkSet.Read(ChunksOf(length), bytes.AsSpan(HeadSize)))
            : null;
    }

    /// <summary>It may be deleted at any moment: its part became whole.</summary>
    private static byte[]? ReadIfThere(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[Math.Min(RandomAccess.GetLength(file), MostSize)];
            return RandomAccess.Read(file, bytes, 0) == bytes.Length ? bytes : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public byte[] Write()
    {
        var bytes = new byte[HeadSize + Held.Bits.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, SealedLength);
        Held.Bits.Span.CopyTo(bytes.AsSpan(HeadSize));
        return bytes;
    }
}
