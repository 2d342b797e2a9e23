using System.Buffers.Binary;
using System.IO.Compression;
using StbImageSharp;

namespace Toss.Core.Sync;

/// <summary>
/// Pictures from anywhere as their pixels: PNG and BMP, which are what platforms turn pictures into. The decoder below trusts
/// what it reads, so that what it reads is checked first: the format by its first bytes, the size by the header, and what a PNG
/// inflates to by inflating it. Of its other formats some keep it busy for ever, as fuzzing showed.
/// </summary>
public static class PictureDecoder
{
    /// <summary>Pixels that are decoded, at most: a screen of 5120 × 2880, in half a second and 60 MB.</summary>
    public const int MostPixels = 16 * 1024 * 1024;

    /// <summary>Deflate makes at most 1032 bytes of one (RFC 1951), and a pixel may be a bit.</summary>
    private const int MostPixelsOfByte = 8 * 1032;

    /// <summary>Null if it is no picture that can be decoded, or a larger one.</summary>
    public static DecodedPicture? TryDecode(ReadOnlyMemory<byte> encoded)
    {
        if (
            TryReadSize(encoded) is not var (width, height)
            || (long)width * height > MostPixels
            || (long)width * height > (long)encoded.Length * MostPixelsOfByte
            || (IsPng(encoded.Span) && !InflatesWithin(encoded))
        )
        {
            return null;
        }
        try
        {
            var image = ImageResult.FromMemory(encoded.ToArray(), ColorComponents.RedGreenBlueAlpha);
            return image is { Data.Length: var length } && length == 4L * image.Width * image.Height
                ? new DecodedPicture(image.Width, image.Height, image.Data)
                : null;
        }
        catch (Exception)
        {
            // The decoder throws whatever a broken picture makes it trip over.
            return null;
        }
    }

    /// <summary>What the header says; null if it is none of the formats.</summary>
    public static (int Width, int Height)? TryReadSize(ReadOnlyMemory<byte> encoded)
    {
        var bytes = encoded.Span;
        if (!IsPng(bytes) && !bytes.StartsWith("BM"u8))
        {
            return null;
        }
        try
        {
            using var stream = new MemoryStream(encoded.ToArray(), writable: false);
            return ImageInfo.FromStream(stream) is { Width: > 0, Height: > 0 } info ? (info.Width, info.Height) : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static bool IsPng(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

    /// <summary>ISO/IEC 15948: all IDAT chunks together are one zlib stream, of as many bytes as the header makes rows.</summary>
    private static bool InflatesWithin(ReadOnlyMemory<byte> png)
    {
        var bytes = png.Span;
        if (bytes.Length < 29)
        {
            return false;
        }
        long width = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
        long height = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]);
        // At most four samples of two bytes a pixel and a byte a row; interlacing doubles the rows at worst.
        var most = height * 2 * (width * 8 + 1);
        using var packed = new MemoryStream();
        for (var at = 8; at + 12 <= bytes.Length; )
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            if (length > bytes.Length - at - 12)
            {
                return false;
            }
            if (bytes.Slice(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                packed.Write(bytes.Slice(at + 8, (int)length));
            }
            at += 12 + (int)length;
        }
        packed.Position = 0;
        try
        {
            using var inflate = new ZLibStream(packed, CompressionMode.Decompress);
            var piece = new byte[64 * 1024];
            long inflated = 0;
            for (int read; (read = inflate.Read(piece)) > 0 && inflated <= most; inflated += read) { }
            return inflated > 0 && inflated <= most;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
