using System.Buffers.Binary;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Platform;
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

    [Theory]
    [InlineData(16, 12)]
    [InlineData(5, 3)]
    [InlineData(1, 1)]
    public void A_png_is_offered_as_a_bitmap_too(int width, int height)
    {
        var picture = TestPicture.Of(7, width, height);
        var offered = WindowsFormats.Offer(
            new ClipContent([new(MediaTypes.Png, picture.ToPng())], Sensitivity.Normal),
            default
        );
        Assert.Equal(["PNG", MediaTypes.Png, WindowsFormats.Bitmap], offered.Select(one => one.Format));
        Assert.True(DibFormat.TryToFile(offered[^1].Bytes.Span, out var file));
        Assert.Equal(picture.ToBmp(), file);
    }

    [Fact]
    public void What_is_transparent_is_drawn_on_white_and_known_again()
    {
        var picture = TestPicture.Of(8);
        for (var i = 3; i < picture.Rgba.Length; i += 4)
        {
            picture.Rgba[i] = (byte)i;
        }
        picture.Rgba[3] = 0;
        Assert.True(DibFormat.TryFromPicture(picture.ToPng(), out var dib));
        Assert.True(DibFormat.TryToFile(dib.Span, out var file));
        // The first pixel of the highest row, which is the last.
        Assert.Equal([255, 255, 255], file[^(3 * picture.Width)..][..3]);
        Assert.True(new PictureFingerprint(picture.ToPng()).Shows(new PictureFingerprint(file)));
    }

    [Fact]
    public void A_picture_that_cannot_be_decoded_is_no_bitmap_nor_one_that_comes_with_its_own()
    {
        var png = TestPicture.Of(9).ToPng();
        Assert.Equal(["PNG", MediaTypes.Png], Formats((MediaTypes.Png, png[..60])));
        Assert.Equal(
            ["PNG", MediaTypes.Png, MediaTypes.Bmp, WindowsFormats.Bitmap],
            Formats((MediaTypes.Png, png), (MediaTypes.Bmp, TestPicture.Of(10).ToBmp()))
        );

        static IEnumerable<string> Formats(params (string Type, byte[] Bytes)[] all) =>
            WindowsFormats
                .Offer(
                    new ClipContent(
                        [.. all.Select(one => new ContentRepresentation(one.Type, one.Bytes))],
                        Sensitivity.Normal
                    ),
                    default
                )
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
