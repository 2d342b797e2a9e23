using System.Text;
using Toss.Core.Clips;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.Windows;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>What is made of a clipboard of Windows, whatever is on it.</summary>
public sealed class WindowsReadingTests
{
    [Fact]
    public void Formats_come_in_the_owners_order_and_each_media_type_once()
    {
        var snapshot = Read(
            (WindowsFormats.Html, HtmlFormat.Write("<b>b</b>"u8)),
            (MediaTypes.Png, [2]),
            (WindowsFormats.Text, Encoding.Unicode.GetBytes("b\0")),
            ("PNG", [1])
        );
        Assert.Equal(
            [MediaTypes.Html, MediaTypes.Png, MediaTypes.Text],
            snapshot.Representations.Select(one => one.MediaType)
        );
        // Of two names for one type the better one is read.
        Assert.Equal([1], snapshot.Representations[1].Bytes.ToArray());
        Assert.Equal("someone.exe", snapshot.Source);
        Assert.Null(snapshot.Origin);
        Assert.False(snapshot.Concealed);
    }

    [Fact]
    public void A_format_that_cannot_be_read_gives_way_to_the_next_name_and_is_named_if_there_is_none()
    {
        var snapshot = Read(("PNG", null), (MediaTypes.Png, [2]), (WindowsFormats.Rtf, null));
        Assert.Equal([2], Assert.Single(snapshot.Representations).Bytes.ToArray());
        Assert.Equal(new OmittedFormat(MediaTypes.Rtf, OmittedReason.Unreadable), Assert.Single(snapshot.Omitted));
    }

    [Fact]
    public void A_bitmap_is_read_only_where_there_is_nothing_else()
    {
        var dib = new byte[64];
        dib[0] = 40;
        dib[14] = 24;
        Assert.Equal(MediaTypes.Bmp, Assert.Single(Read((WindowsFormats.Bitmap, dib)).Representations).MediaType);
        var cells = Read((WindowsFormats.Bitmap, dib), (WindowsFormats.Text, [(byte)'7', 0]));
        Assert.Equal(MediaTypes.Text, Assert.Single(cells.Representations).MediaType);
        var picture = Read((WindowsFormats.Bitmap, dib), ("PNG", [1]));
        Assert.Equal(MediaTypes.Png, Assert.Single(picture.Representations).MediaType);
    }

    [Fact]
    public void All_together_stay_within_what_is_shared()
    {
        var half = new byte[(int)Limits.CopiedContent];
        var snapshot = Read(("PNG", half), ("JFIF", half), ("GIF", [1]));
        Assert.Equal([MediaTypes.Png, MediaTypes.Gif], snapshot.Representations.Select(one => one.MediaType));
        Assert.Equal(new OmittedFormat(MediaTypes.Jpeg, OmittedReason.TooLarge), Assert.Single(snapshot.Omitted));
    }

    [Fact]
    public void Text_counts_as_it_is_when_it_is_decoded()
    {
        var text = Encoding.Unicode.GetBytes(new string('x', (int)Limits.CopiedContent) + '\0');
        Assert.Equal(
            Limits.CopiedContent,
            Assert.Single(Read((WindowsFormats.Text, text)).Representations).Bytes.Length
        );
        // Three bytes of UTF-8 for each two of UTF-16.
        var wide = Encoding.Unicode.GetBytes(new string('\u4f60', (int)Limits.CopiedContent / 2) + '\0');
        Assert.Equal(OmittedReason.TooLarge, Assert.Single(Read((WindowsFormats.Text, wide)).Omitted).Reason);
    }

    [Fact]
    public void Our_mark_and_the_hints_are_seen()
    {
        var ours = Read(
            (WindowsFormats.Text, [0, 0]),
            (MediaTypes.Origin, [1, 2]),
            (WindowsFormats.ViewerIgnore, null)
        );
        Assert.Equal([1, 2], ours.Origin!.Value.ToArray());
        Assert.True(ours.Concealed);
        Assert.False(Read((WindowsFormats.Text, [0, 0]), (WindowsFormats.InHistory, [1, 0, 0, 0])).Concealed);
    }

    [Fact]
    public void Nothing_known_is_nothing() => Assert.True(Read().IsCleared);

    private static Snapshot Read(params (string Format, byte[]? Bytes)[] there) =>
        WindowsReading.Read(new Offered(there), "someone.exe");

    private sealed class Offered((string Format, byte[]? Bytes)[] there) : IOfferedContent
    {
        public IReadOnlyList<string> Formats => [.. there.Select(one => one.Format)];

        public GivenBytes Get(string format, long limit) =>
            there.First(one => one.Format == format).Bytes is { } bytes
                ? bytes.Length > limit
                    ? new(null, true)
                    : new(bytes, false)
                : default;
    }
}
