using System.Buffers.Binary;
using System.IO.Compression;

namespace Toss.Cli.Commands.Demo;

/// <summary>A real PNG (ISO/IEC 15948) of noise, which does not compress: a picture of a known size without a file.</summary>
internal static class NoisePng
{
    private const int BytesPerPixel = 3;

    public static byte[] Create(int width, int height, uint seed)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8; // bits a sample
        header[9] = 2; // truecolour
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Pixels(width, height, seed));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Pixels(int width, int height, uint seed)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            var row = new byte[1 + width * BytesPerPixel]; // the first byte is the filter: none
            var state = seed | 1;
            for (var y = 0; y < height; y++)
            {
                for (var x = 1; x < row.Length; x++)
                {
                    // xorshift: not random for anybody, but noise enough for deflate.
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    row[x] = (byte)(state >> 24);
                }
                zlib.Write(row);
            }
        }
        return packed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(type);
        png.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), content));
        png.Write(number);
    }

    /// <summary>ISO/IEC 15948 annex D, without its table.</summary>
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
