using System.Text;
using Toss.Core.Clips;
using Toss.Platform.Clipboards;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class TargetFormatsTests
{
    [Theory]
    [InlineData("plain", true)]
    [InlineData("caf\u00e9 \u00ff", true)]
    [InlineData("\u0100", false)]
    [InlineData("\u2713", false)]
    public void String_is_offered_only_for_what_latin_1_can_say(string text, bool offered)
    {
        var content = new ClipContent([new(MediaTypes.Text, Encoding.UTF8.GetBytes(text))], Sensitivity.Normal);
        var latin1 = TargetFormats.Offer(content, default).Where(one => one.Target == "STRING").ToList();
        Assert.Equal(offered, latin1.Count == 1);
        if (offered)
        {
            Assert.Equal(Encoding.Latin1.GetBytes(text), latin1[0].Content.Bytes.ToArray());
        }
    }

    [Fact]
    public void Bytes_that_are_not_utf_8_are_offered_as_they_are_but_not_as_latin_1()
    {
        var content = new ClipContent([new(MediaTypes.Text, new byte[] { 0xC3, 0x28 })], Sensitivity.Normal);
        Assert.DoesNotContain(TargetFormats.Offer(content, default), one => one.Target == "STRING");
    }

    [Fact]
    public void Each_target_appears_once_and_the_first_representation_has_it()
    {
        var content = new ClipContent(
            [new(MediaTypes.Text, "first"u8.ToArray()), new("text/plain", "second"u8.ToArray())],
            Sensitivity.Normal
        );
        var offered = TargetFormats.Offer(content, default);
        Assert.Equal(offered.Count, offered.Select(one => one.Target).Distinct().Count());
        Assert.All(offered, one => Assert.Equal("first"u8.ToArray(), one.Content.Bytes.ToArray()));
    }

    [Fact]
    public void Origin_and_hint_are_offered_when_they_say_something()
    {
        var content = new ClipContent([new(MediaTypes.Png, new byte[] { 1 })], Sensitivity.Normal);
        Assert.Equal([MediaTypes.Png], TargetFormats.Offer(content, default).Select(one => one.Target));
        var secret = content with { Sensitivity = Sensitivity.Secret };
        Assert.Equal(
            [MediaTypes.Png, MediaTypes.Origin, TargetFormats.ConcealedHint],
            TargetFormats.Offer(secret, new byte[] { 7 }).Select(one => one.Target)
        );
    }

    [Fact]
    public void Html_is_utf_8_whatever_it_was()
    {
        const string html = "<b>\u00e9\u2713</b>";
        foreach (
            var given in (byte[][])
                [
                    Encoding.UTF8.GetBytes(html),
                    [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(html)],
                    [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(html)],
                    [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes(html)],
                    Encoding.Unicode.GetBytes(html),
                ]
        )
        {
            Assert.True(TargetFormats.TryDecode(MediaTypes.Html, MediaTypes.Html, false, given, out var decoded));
            Assert.Equal(html, Encoding.UTF8.GetString(decoded));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x41 })]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x00, 0xD8 })]
    [InlineData(new byte[] { 0x80 })]
    public void Html_that_is_nothing_is_not_decoded(byte[] given) =>
        Assert.False(TargetFormats.TryDecode(MediaTypes.Html, MediaTypes.Html, false, given, out _));

    [Fact]
    public void Text_without_a_charset_is_utf_8_if_it_can_be()
    {
        Assert.True(
            TargetFormats.TryDecode(
                MediaTypes.Text,
                "text/plain",
                false,
                Encoding.UTF8.GetBytes("\u2713"),
                out var utf8
            )
        );
        Assert.Equal("\u2713", Encoding.UTF8.GetString(utf8));
        Assert.True(TargetFormats.TryDecode(MediaTypes.Text, "text/plain", false, [0xE9], out var latin1));
        Assert.Equal("\u00e9", Encoding.UTF8.GetString(latin1));
        Assert.False(TargetFormats.TryDecode(MediaTypes.Text, "UTF8_STRING", false, [0xE9], out _));
    }

    [Fact]
    public void Nothing_from_outside_makes_the_decoder_throw()
    {
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            var given = new byte[random.Next(24)];
            random.NextBytes(given);
            foreach (var (mediaType, targets) in TargetFormats.Readable)
            {
                if (
                    mediaType is MediaTypes.Text or MediaTypes.Html or MediaTypes.Url
                    && TargetFormats.TryDecode(mediaType, targets[^1], i % 2 == 0, given, out var decoded)
                )
                {
                    Assert.True(System.Text.Unicode.Utf8.IsValid(decoded));
                }
            }
        }
    }

    [Theory]
    [InlineData("text/x-moz-url", "https://a.example/\nA title", true, "https://a.example/\nA title")]
    [InlineData("text/x-moz-url", "https://a.example/\n", true, "https://a.example/")]
    [InlineData("text/x-moz-url", "https://a.example/", false, "https://a.example/")]
    [InlineData("text/x-moz-url", "file:///home/someone/secret", true, null)]
    [InlineData("text/x-moz-url", "/home/someone/secret", true, null)]
    [InlineData("text/x-moz-url", "no address at all", true, null)]
    [InlineData("text/x-moz-url", "", true, null)]
    [InlineData("text/uri-list", "# a comment\r\nhttps://a.example/\r\n", false, "https://a.example/")]
    [InlineData("text/uri-list", "file:///home/someone/secret\r\n", false, null)]
    public void Addresses_are_read_and_names_of_files_are_not(string target, string given, bool utf16, string? read)
    {
        var bytes = (utf16 ? Encoding.Unicode : Encoding.UTF8).GetBytes(given);
        Assert.Equal(read is not null, TargetFormats.TryDecode(MediaTypes.Url, target, false, bytes, out var decoded));
        Assert.Equal(read, decoded is null ? null : Encoding.UTF8.GetString(decoded));
    }

    [Fact]
    public void An_address_is_offered_as_browsers_do_and_as_a_list()
    {
        var url = new TitledUrl("https://a.example/", "A title");
        var offered = TargetFormats.Offer(
            new ClipContent([new(MediaTypes.Url, url.ToBytes())], Sensitivity.Normal),
            default
        );
        Assert.Equal(
            [("text/x-moz-url", "https://a.example/\nA title"), ("text/uri-list", "https://a.example/\r\n")],
            offered.Select(one =>
                (
                    one.Target,
                    (one.Target == MediaTypes.Url ? Encoding.Unicode : Encoding.UTF8).GetString(one.Content.Bytes.Span)
                )
            )
        );
    }

    [Fact]
    public void A_type_is_offered_by_each_of_its_names()
    {
        var offered = TargetFormats.Offer(
            new ClipContent([new(MediaTypes.Rtf, "{}"u8.ToArray())], Sensitivity.Normal),
            default
        );
        Assert.Equal(["text/rtf", "application/rtf", "text/richtext"], offered.Select(one => one.Target));
    }
}
