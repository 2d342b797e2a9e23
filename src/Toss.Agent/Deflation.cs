using System.IO.Compression;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Large content made smaller (RFC 1951) before it is sealed, where that is worth it. Never of secrets: what compresses
/// with other content tells of it by its length.
/// </summary>
internal static class Deflation
{
    /// <summary>The beginning decides: what does not shrink here does not later.</summary>
    private const int Trial = 64 * 1024;

    /// <summary>Worth it if no more than this is left, of a hundred.</summary>
    private const int MostLeft = 80;

    /// <summary>Bytes at a time, between which others have their turn.</summary>
    private const int Slice = 1024 * 1024;

    /// <summary>As its type says: a plain null would become an empty memory.</summary>
    private static readonly ReadOnlyMemory<byte>? Nothing = null;

    /// <summary>The content deflated; null if its type or its beginning says that this is not worth it.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> TryPackAsync(ContentRepresentation content)
    {
        var bytes = content.Bytes;
        if (!IsCompressible(content.MediaType) || Pack(bytes[..Math.Min(bytes.Length, Trial)]) is not { } trial)
        {
            return Nothing;
        }
        if (bytes.Length <= Trial)
        {
            return trial;
        }
        var packed = new MemoryStream();
        await using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var at = 0; at < bytes.Length; at += Slice)
            {
                deflate.Write(bytes.Span[at..Math.Min(bytes.Length, at + Slice)]);
                await Task.Yield();
            }
        }
        return packed.Length <= bytes.Length / 100 * MostLeft
            ? packed.GetBuffer().AsMemory(0, (int)packed.Length)
            : Nothing;
    }

    /// <summary>Exactly <paramref name="size"/> bytes, which the caller has checked against the limits; null if it is not that.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> TryUnpackAsync(ReadOnlyMemory<byte> packed, long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Limits.CopiedContent);
        var bytes = new byte[size];
        var filled = 0;
        try
        {
            await using var inflate = new DeflateStream(
                new MemoryStream(packed.ToArray(), writable: false),
                CompressionMode.Decompress
            );
            while (filled < bytes.Length)
            {
                var read = inflate.Read(bytes.AsSpan(filled, Math.Min(Slice, bytes.Length - filled)));
                if (read == 0)
                {
                    return Nothing;
                }
                filled += read;
                await Task.Yield();
            }
            return inflate.ReadByte() < 0 ? bytes : Nothing;
        }
        catch (InvalidDataException)
        {
            return Nothing;
        }
    }

    private static byte[]? Pack(ReadOnlyMemory<byte> bytes)
    {
        var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(bytes.Span);
        }
        return packed.Length <= bytes.Length / 100 * MostLeft ? packed.ToArray() : null;
    }

    /// <summary>Text, and pictures that are not compressed by themselves; the rest is by its own format.</summary>
    private static bool IsCompressible(string mediaType) =>
        mediaType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || mediaType
            is MediaTypes.Bmp
                or MediaTypes.Tiff
                or MediaTypes.Svg
                or "application/json"
                or "application/xml"
                or "application/x-tar";
}
