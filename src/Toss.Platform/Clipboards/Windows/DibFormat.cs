using System.Buffers.Binary;
using Toss.Core.Sync;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// CF_DIB is a BMP file without the 14 bytes at its beginning, which say where the pixels are (learn.microsoft.com, "Bitmap
/// Storage"). The bytes of the one are those of the other; only what is no BMP is decoded, and written as one.
/// </summary>
internal static class DibFormat
{
    private const int FileHeaderSize = 14;
    private const int InfoHeaderSize = 40;

    /// <summary>BITMAPV5HEADER; there is no larger one.</summary>
    private const int MostHeaderSize = 124;

    private const int MaskSize = 4;
    private const int BytesOfPixel = 3;
    private const int BitFields = 3;
    private const int AlphaBitFields = 6;

    /// <summary>Colours of a palette are one for each value of a byte.</summary>
    private const uint MostColours = 256;

    /// <summary>False if it does not say where its pixels are, or they are not there.</summary>
    public static bool TryToFile(ReadOnlySpan<byte> dib, out byte[] file)
    {
        file = [];
        if (!TryPixelsAt(dib, out var at))
        {
            return false;
        }
        file = new byte[FileHeaderSize + dib.Length];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), FileHeaderSize + at);
        dib.CopyTo(file.AsSpan(FileHeaderSize));
        return true;
    }

    /// <summary>False if it is no BMP file, or one with a gap before its pixels, which CF_DIB cannot say.</summary>
    public static bool TryFromFile(ReadOnlyMemory<byte> file, out ReadOnlyMemory<byte> dib)
    {
        dib = default;
        if (
            file.Length <= FileHeaderSize
            || !file.Span.StartsWith("BM"u8)
            || !TryPixelsAt(file.Span[FileHeaderSize..], out var at)
            || BinaryPrimitives.ReadUInt32LittleEndian(file.Span[10..]) != FileHeaderSize + at
        )
        {
            return false;
        }
        dib = file[FileHeaderSize..];
        return true;
    }

    /// <summary>
    /// A picture in another format, for programs that know bitmaps only. On white, and without transparency: what the fourth byte of a
    /// pixel means is something that programs do not agree on. False if it cannot be decoded.
    /// </summary>
    public static bool TryFromPicture(ReadOnlyMemory<byte> encoded, out ReadOnlyMemory<byte> dib)
    {
        dib = default;
        if (PictureDecoder.TryDecode(encoded) is not { } picture)
        {
            return false;
        }
        // Rows are whole numbers of four bytes, and the lowest comes first.
        var row = (picture.Width * BytesOfPixel + 3) / 4 * 4;
        var bytes = new byte[InfoHeaderSize + row * picture.Height];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, InfoHeaderSize);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), picture.Width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), picture.Height);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(12), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(14), 8 * BytesOfPixel);
        ReadOnlySpan<byte> pixels = picture.Rgba;
        for (var y = picture.Height - 1; y >= 0; y--)
        {
            var to = bytes.AsSpan(InfoHeaderSize + y * row, row);
            for (var x = 0; x < picture.Width; x++, pixels = pixels[4..])
            {
                to[BytesOfPixel * x] = OnWhite(pixels[2], pixels[3]);
                to[BytesOfPixel * x + 1] = OnWhite(pixels[1], pixels[3]);
                to[BytesOfPixel * x + 2] = OnWhite(pixels[0], pixels[3]);
            }
        }
        dib = bytes;
        return true;
    }

    private static byte OnWhite(byte colour, byte opacity) => (byte)(255 - (255 - colour) * opacity / 255);

    /// <summary>Behind the header, its masks and its palette.</summary>
    private static bool TryPixelsAt(ReadOnlySpan<byte> dib, out int at)
    {
        at = 0;
        if (dib.Length < InfoHeaderSize)
        {
            return false;
        }
        var header = BinaryPrimitives.ReadUInt32LittleEndian(dib);
        // The oldest header is not read: no program of this century copies it.
        if (header is < InfoHeaderSize or > MostHeaderSize)
        {
            return false;
        }
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(dib[14..]);
        var compression = BinaryPrimitives.ReadUInt32LittleEndian(dib[16..]);
        var colours = BinaryPrimitives.ReadUInt32LittleEndian(dib[32..]);
        if (colours == 0 && bits is > 0 and <= 8)
        {
            colours = 1u << bits;
        }
        var masks =
            header > InfoHeaderSize ? 0
            : compression == BitFields ? 3
            : compression == AlphaBitFields ? 4
            : 0;
        if (colours > MostColours)
        {
            return false;
        }
        at = (int)header + masks * MaskSize + (int)colours * sizeof(uint);
        return at < dib.Length;
    }
}
