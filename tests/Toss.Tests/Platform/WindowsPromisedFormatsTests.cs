using System.Text;
using Toss.Core.Clips;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>What is announced, and how it is made of pieces; without Windows.</summary>
public sealed class WindowsPromisedFormatsTests
{
    [Theory]
    [InlineData(MediaTypes.Text, "gr\u00fc\u00dfe\r\n\ud83d\ude00\n\nx\r\ny\u2713")]
    [InlineData(MediaTypes.Text, "\n")]
    [InlineData(MediaTypes.Html, "<b>gr\u00fc\u00dfe</b>")]
    [InlineData(MediaTypes.Rtf, "{\\rtf1}")]
    public void However_it_comes_it_is_what_is_put_of_content_in_memory(string mediaType, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        var whole = WindowsFormats.Offer(Content(new ContentRepresentation(mediaType, content)), default)[0];
        var promised = WindowsFormats.Offer(
            Content(new ContentRepresentation(mediaType, new TestPromise(content))),
            default
        )[0];
        Assert.Equal(whole.Format, promised.Format);
        for (var piece = 1; piece <= content.Length; piece++)
        {
            Assert.Equal(whole.Bytes.ToArray(), Encode(promised, content, piece));
        }
    }

    [Fact]
    public void A_picture_is_a_bitmap_too_where_there_is_no_better_one()
    {
        var picture = TestPicture.Of(11, 21, 13);
        var (png, bmp) = (
            new ContentRepresentation(MediaTypes.Png, new TestPromise(picture.ToPng())),
            new ContentRepresentation(MediaTypes.Bmp, new TestPromise(picture.ToBmp()))
        );
        var drawn = WindowsFormats.Offer(Content(png), default);
        Assert.Equal(["PNG", MediaTypes.Png, WindowsFormats.Bitmap], drawn.Select(one => one.Format));
        Assert.Equal(picture.ToBmp()[14..], Encode(drawn[2], picture.ToPng(), 100));
        var both = WindowsFormats.Offer(Content(png, bmp), default);
        Assert.Equal(["PNG", MediaTypes.Png, MediaTypes.Bmp, WindowsFormats.Bitmap], both.Select(one => one.Format));
        Assert.Equal(picture.ToBmp()[14..], Encode(both[3], picture.ToBmp(), 100));
        Assert.Null(Encode(drawn[2], [.. "no picture"u8, .. new byte[100]], 100));
    }

    [Fact]
    public void Names_of_windows_own_and_what_is_never_large_are_not_announced() =>
        Assert.Empty(
            WindowsFormats.Offer(
                Content([
                    .. ((string[])["CF_HDROP", "15", MediaTypes.Url, MediaTypes.Colour]).Select(
                        type => new ContentRepresentation(type, new TestPromise([1]))
                    ),
                ]),
                default
            )
        );

    [Fact]
    public async Task Files_are_a_drop_when_they_are_there()
    {
        var paths = Encoding.UTF8.GetBytes("C:\\a b\\x\nC:\\c");
        var whole = WindowsFormats.Offer(Content(new ContentRepresentation(MediaTypes.LocalFiles, paths)), default);
        var promise = new TestPromise(paths, knowsSize: false);
        var promised = WindowsFormats.Offer(
            Content(new ContentRepresentation(MediaTypes.LocalFiles, promise)),
            default
        );
        Assert.Equal(whole.Select(one => one.Format), promised.Select(one => one.Format));
        Assert.Empty(promise.Opened);
        await using var drop = promised[0].Promise!.Open(null);
        var bytes = new byte[whole[0].Bytes.Length];
        await drop.ReadExactlyAsync(bytes);
        Assert.Equal(whole[0].Bytes.ToArray(), bytes);
        Assert.Equal(bytes.Length, drop.Length);
        // What is done with them is known before.
        Assert.Equal(whole[1].Bytes.ToArray(), promised[1].Bytes.ToArray());
    }

    /// <summary>Null: it is not what it says.</summary>
    private static byte[]? Encode(OfferedFormat format, byte[] content, int piece)
    {
        var encoder = format.Encoder!();
        var bytes = new List<byte>();
        bytes.AddRange(encoder.Begin(content.Length));
        foreach (var each in content.Chunk(piece))
        {
            bytes.AddRange(encoder.Next(each));
        }
        if (!encoder.TryEnd(out var rest))
        {
            return null;
        }
        bytes.AddRange(rest);
        return [.. bytes];
    }

    private static ClipContent Content(params ContentRepresentation[] representations) =>
        new(representations, Sensitivity.Normal);
}
