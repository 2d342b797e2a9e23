using System.Text;
using Toss.Core.Clips;

namespace Toss.Tests.Windows;

/// <summary>Content as programs of Windows have it; written by hand, not with the code under test.</summary>
public static class ForeignFormats
{
    public const string Html = "HTML Format";

    public static (string Format, byte[] Bytes) Of(ContentRepresentation content) =>
        content.MediaType switch
        {
            MediaTypes.Text => ("13", Utf16(Encoding.UTF8.GetString(content.Bytes.Span) + '\0')),
            MediaTypes.Html => (Html, Page(content.Bytes.ToArray())),
            MediaTypes.Rtf => ("Rich Text Format", [.. content.Bytes.Span, 0]),
            MediaTypes.Url when TitledUrl.TryRead(content.Bytes.Span, out var url) => (
                MediaTypes.Url,
                Utf16($"{url.Url}\n{url.Title}")
            ),
            MediaTypes.Png => ("PNG", content.Bytes.ToArray()),
            MediaTypes.Jpeg => ("JFIF", content.Bytes.ToArray()),
            MediaTypes.Gif => ("GIF", content.Bytes.ToArray()),
            var other => (other, content.Bytes.ToArray()),
        };

    /// <summary>What a program takes from the clipboard for this media type, as Toss would have it.</summary>
    public static byte[]? ToOurs(string mediaType, IReadOnlyList<(string Format, byte[] Bytes)> there)
    {
        var format = Of(new ContentRepresentation(mediaType, "about:blank"u8.ToArray())).Format;
        if (there.FirstOrDefault(one => one.Format == format).Bytes is not { } bytes)
        {
            return null;
        }
        return mediaType switch
        {
            MediaTypes.Text => Encoding.UTF8.GetBytes(Utf16(bytes).Split('\0')[0].Replace("\r\n", "\n")),
            MediaTypes.Html => Fragment(bytes),
            MediaTypes.Url when Utf16(bytes).Split('\n', 2) is [var url, var title] => new TitledUrl(
                url,
                title
            ).ToBytes(),
            _ => bytes,
        };
    }

    /// <summary>Files as the shell copies them: a head of 20 bytes, then their paths in UTF-16.</summary>
    public static byte[] Drop(params IEnumerable<string> paths) =>
        [20, 0, 0, 0, .. new byte[12], 1, 0, 0, 0, .. Utf16(string.Concat(paths.Select(path => path + '\0')) + '\0')];

    /// <summary>As Word and Chromium write it, with an address and a different order of lines.</summary>
    private static byte[] Page(byte[] fragment)
    {
        const string before = "<html><head><meta charset=utf-8></head><body>\r\n<!--StartFragment-->";
        const string after = "<!--EndFragment-->\r\n</body></html>";
        string Header(int html, int end, int start, int stop) =>
            $"Version:1.0\r\nStartHTML:{html:D9}\r\nEndHTML:{end:D9}\r\nStartFragment:{start:D9}\r\nEndFragment:{stop:D9}\r\n"
            + "SourceURL:https://example.org/a:b\r\n";
        var html = Header(0, 0, 0, 0).Length;
        var start = html + before.Length;
        var stop = start + fragment.Length;
        return
        [
            .. Encoding.ASCII.GetBytes(Header(html, stop + after.Length, start, stop) + before),
            .. fragment,
            .. Encoding.ASCII.GetBytes(after),
            0,
        ];
    }

    private static byte[] Fragment(byte[] page)
    {
        int Said(string name)
        {
            var text = Encoding.ASCII.GetString(page, 0, Math.Min(page.Length, 300));
            var at = text.IndexOf(name + ":", StringComparison.Ordinal) + name.Length + 1;
            return int.Parse(text[at..text.IndexOf('\r', at)]);
        }
        return page[Said("StartFragment")..Said("EndFragment")];
    }

    private static byte[] Utf16(string text) => Encoding.Unicode.GetBytes(text);

    private static string Utf16(byte[] bytes) => Encoding.Unicode.GetString(bytes);
}
