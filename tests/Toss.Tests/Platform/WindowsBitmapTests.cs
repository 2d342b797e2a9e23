using System.Buffers.Binary;
using Toss.Core.Clips;
using Toss.Platform.Clipboards.Windows;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>CF_DIB and BMP files.</summary>
public sealed class WindowsBitmapTests
{
    [Theory]
    [InlineData(40, 24, 0, 0, 54)]
    [InlineData(40, 8, 0, 0, 54 + 1024)]
    [InlineData(40, 1, 0, 0, 54 + 8)]
    [InlineData(40, 8, 0, 3, 54 + 12)]
    [InlineData(40, 32, 3, 0, 54 + 12)]
    [InlineData(124, 32, 3, 0, 14 + 124)]
    public void A_bitmap_becomes_a_file_and_a_file_a_bitmap(
        int header,
        int bits,
        int compression,
        int colours,
        int pixels
    )
    {
        var dib = Dib(header, bits, compression, colours, pixels - 14 + 16);
        Assert.True(DibFormat.TryToFile(dib, out var file));
        Assert.Equal("BM"u8, file.AsSpan(0, 2));
        Assert.Equal(file.Length, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(2)));
        Assert.Equal(pixels, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(10)));
        Assert.True(DibFormat.TryFromFile(file, out var back));
        Assert.Equal(dib, back.ToArray());
    }

    [Theory]
    [InlineData(12, 24, 0, 0)]
    [InlineData(39, 24, 0, 0)]
    [InlineData(125, 24, 0, 0)]
    [InlineData(-1, 24, 0, 0)]
    [InlineData(40, 24, 0, 257)]
    [InlineData(40, 24, 0, -1)]
    [InlineData(40, 8, 0, 0)]
    public void What_does_not_say_where_its_pixels_are_is_refused(int header, int bits, int compression, int colours)
    {
        Assert.False(DibFormat.TryToFile(Dib(header, bits, compression, colours, 200), out _));
        Assert.False(DibFormat.TryToFile(Dib(header, bits, compression, colours, 40)[..39], out _));
    }

    [Fact]
    public void A_file_that_is_none_or_has_a_gap_stays_a_file()
    {
        Assert.True(DibFormat.TryToFile(Dib(40, 24, 0, 0, 80), out var file));
        file[10]++;
        Assert.False(DibFormat.TryFromFile(file, out _));
        Assert.False(DibFormat.TryFromFile("BM"u8.ToArray(), out _));
        Assert.Equal([MediaTypes.Bmp], Offered(file));
        file[10]--;
        Assert.Equal([MediaTypes.Bmp, WindowsFormats.Bitmap], Offered(file));

        static IEnumerable<string> Offered(byte[] file) =>
            WindowsFormats
                .Offer(new ClipContent([new(MediaTypes.Bmp, file)], Sensitivity.Normal), default)
                .Select(one => one.Format);
    }

    private static byte[] Dib(int header, int bits, int compression, int colours, int size)
    {
        var dib = new byte[size];
        BinaryPrimitives.WriteInt32LittleEndian(dib, header);
        BinaryPrimitives.WriteInt16LittleEndian(dib.AsSpan(14), (short)bits);
        BinaryPrimitives.WriteInt32LittleEndian(dib.AsSpan(16), compression);
        BinaryPrimitives.WriteInt32LittleEndian(dib.AsSpan(32), colours);
        return dib;
    }
}
