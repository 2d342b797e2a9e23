using System.Buffers.Binary;
using System.Text;
using Toss.Core.Clips;
using Toss.Platform.Clipboards.Windows;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>Windows' formats in both directions, without Windows.</summary>
public sealed class WindowsFormatsTests
{
    [Theory]
    [InlineData("one line", "one line")]
    [InlineData("a\nb\r\nc\rd\n\n", "a\r\nb\r\nc\rd\r\n\r\n")]
    [InlineData("", "")]
    [InlineData("gr\u00fc\u00dfe \ud83d\ude00", "gr\u00fc\u00dfe \ud83d\ude00")]
    public void Text_goes_out_in_utf16_with_the_line_ends_of_windows(string ours, string theirs) =>
        Assert.Equal(Encoding.Unicode.GetBytes(theirs + '\0'), Out(MediaTypes.Text, Utf8(ours), WindowsFormats.Text));

    [Theory]
    [InlineData("a\r\nb\0\0rest of the memory", "a\r\nb")]
    [InlineData("without an end", "without an end")]
    [InlineData("\0", "")]
    public void Text_comes_in_up_to_its_zero_as_it_was_written(string theirs, string ours) =>
        Assert.Equal(ours, In(MediaTypes.Text, WindowsFormats.Text, Encoding.Unicode.GetBytes(theirs)));

    [Fact]
    public void Text_that_was_cut_in_the_middle_of_a_character_stays_readable()
    {
        Assert.Equal(
            "a\ufffd",
            In(MediaTypes.Text, WindowsFormats.Text, Encoding.Unicode.GetBytes("a\ud83d\ude00")[..4])
        );
        Assert.Equal("a", In(MediaTypes.Text, WindowsFormats.Text, [(byte)'a', 0, 7]));
        Assert.Equal("", In(MediaTypes.Text, WindowsFormats.Text, [7]));
    }

    [Fact]
    public void Addresses_go_out_as_browsers_and_as_the_shell_have_them()
    {
        var url = new TitledUrl("https://example.org/", "A title").ToBytes();
        Assert.Equal(
            "https://example.org/\nA title",
            Encoding.Unicode.GetString(Out(MediaTypes.Url, url, MediaTypes.Url))
        );
        Assert.Equal(
            "https://example.org/\0",
            Encoding.Unicode.GetString(Out(MediaTypes.Url, url, WindowsFormats.Url))
        );
        Assert.Equal(
            "https://example.org/",
            In(MediaTypes.Url, WindowsFormats.Url, Encoding.Unicode.GetBytes("https://example.org/\0"))
        );
        Assert.Null(In(MediaTypes.Url, WindowsFormats.Url, Encoding.Unicode.GetBytes("file:///c:/secret\0")));
    }

    [Fact]
    public void A_secret_goes_out_with_every_hint_at_zero_and_other_content_with_none()
    {
        var secret = WindowsFormats.Offer(
            Content(Sensitivity.Secret, (MediaTypes.Text, Utf8("hunter2"))),
            new byte[16]
        );
        Assert.All(
            WindowsFormats.Hints,
            hint => Assert.Equal(new byte[4], secret.Single(one => one.Format == hint.Format).Bytes.ToArray())
        );
        var plain = WindowsFormats.Offer(Content(Sensitivity.Normal, (MediaTypes.Text, Utf8("plain"))), new byte[16]);
        Assert.Equal([WindowsFormats.Text, MediaTypes.Origin], plain.Select(one => one.Format));
    }

    [Fact]
    public void Another_device_names_no_format_of_windows_own() =>
        Assert.Equal(
            ["application/x-something"],
            WindowsFormats
                .Offer(
                    Content(
                        Sensitivity.Normal,
                        ("HTML Format", [1]),
                        ("CanUploadToCloudClipboard", [1]),
                        ("application/x-something", [1]),
                        ("application/x-empty", [])
                    ),
                    default
                )
                .Select(one => one.Format)
        );

    [Fact]
    public void Of_a_number_only_zero_conceals_and_what_is_no_number_does()
    {
        Assert.True(WindowsFormats.Conceals(onlyZero: false, Number(1)));
        Assert.True(WindowsFormats.Conceals(onlyZero: true, Number(0)));
        Assert.False(WindowsFormats.Conceals(onlyZero: true, Number(1)));
        Assert.True(WindowsFormats.Conceals(onlyZero: true, [1]));
        Assert.True(WindowsFormats.Conceals(onlyZero: true, []));

        static byte[] Number(int value)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            return bytes;
        }
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static ClipContent Content(Sensitivity sensitivity, params (string Type, byte[] Bytes)[] all) =>
        new([.. all.Select(one => new ContentRepresentation(one.Type, one.Bytes))], sensitivity);

    private static byte[] Out(string mediaType, byte[] bytes, string format) =>
        WindowsFormats
            .Offer(Content(Sensitivity.Normal, (mediaType, bytes)), default)
            .Single(one => one.Format == format)
            .Bytes.ToArray();

    private static string? In(string mediaType, string format, byte[] given) =>
        WindowsFormats.TryDecode(mediaType, format, given, out var decoded) ? Encoding.UTF8.GetString(decoded) : null;
}
