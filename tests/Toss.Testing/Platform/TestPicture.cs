using System.Buffers.Binary;
using System.IO.Compression;

namespace Toss.Testing.Platform;

/// <summary>A picture and ways to write it down: the same pixels in other bytes.</summary>
/// <param name="Rgba">Four bytes a pixel, rows from the top.</param>
public sealed record TestPicture(int Width, int Height, byte[] Rgba)
{
    /// <summary>Opaque, and like no other seed's.</summary>
    public static TestPicture Of(int seed, int width = 16, int height = 12)
    {
        var pixels = new byte[4 * width * height];
        new Random(seed).NextBytes(pixels);
        for (var i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = byte.MaxValue;
        }
        return new TestPicture(width, height, pixels);
    }

    /// <summary>ISO/IEC 15948, eight bits a sample, with opacity.</summary>
    public byte[] ToPng(CompressionLevel level = CompressionLevel.Fastest)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        header[8] = 8;
        header[9] = 6;
        Write(png, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, level, leaveOpen: true))
        {
            for (var y = 0; y < Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(Rgba, 4 * y * Width, 4 * Width);
            }
        }
        Write(png, "IDAT"u8, packed.ToArray());
        Write(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>24 bits a pixel, rows from the bottom: what is transparent shows its colour.</summary>
    public byte[] ToBmp()
    {
        var stride = (3 * Width + 3) / 4 * 4;
        var bmp = new byte[54 + stride * Height];
        "BM"u8.CopyTo(bmp);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(2), bmp.Length);
        bmp[10] = 54;
        bmp[14] = 40;
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), Width);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), Height);
        bmp[26] = 1;
        bmp[28] = 24;
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var (from, to) = (4 * (y * Width + x), 54 + stride * (Height - 1 - y) + 3 * x);
                (bmp[to], bmp[to + 1], bmp[to + 2]) = (Rgba[from + 2], Rgba[from + 1], Rgba[from]);
            }
        }
        return bmp;
    }

    private static void Write(MemoryStream png, ReadOnlySpan<byte> type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(type);
        png.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), content));
        png.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var next in bytes)
        {
            crc ^= next;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            }
        }
        return crc;
    }
}
