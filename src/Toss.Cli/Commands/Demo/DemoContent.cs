using System.Text;
using Toss.Core.Clips;

namespace Toss.Cli.Commands.Demo;

/// <summary>One thing the demo copies.</summary>
/// <param name="Target">Its name among X11 selection targets.</param>
internal sealed record DemoContent(string Kind, string MediaType, string Target, string Extension, byte[] Bytes)
{
    private const int LargeText = 1024 * 1024;

    /// <summary>320 by 240 pixels of noise: about 225 KiB, well above what travels inside an envelope.</summary>
    private const int PngWidth = 320;
    private const int PngHeight = 240;

    /// <summary>Each run copies something new: what is on the clipboard already would prove nothing.</summary>
    public static IReadOnlyList<DemoContent> All(DateTimeOffset now)
    {
        var mark = now.ToUnixTimeMilliseconds();
        var large = new StringBuilder(LargeText);
        for (var line = 0; large.Length < LargeText; line++)
        {
            large
                .Append("line ")
                .Append(line)
                .Append(" of demo ")
                .Append(mark)
                .Append(": tossed across, ünïcode too\n");
        }
        var largeText = large.ToString()[..LargeText];
        return
        [
            new("text", MediaTypes.Text, "UTF8_STRING", "txt", Utf8($"Hello from A, {mark} — grüße, 你好")),
            new("text, 1 MiB", MediaTypes.Text, "UTF8_STRING", "txt", Utf8(largeText)),
            new("HTML", MediaTypes.Html, "text/html", "html", Utf8($"<p>Hello <b>from A</b>, <i>{mark}</i></p>")),
            new("PNG", MediaTypes.Png, "image/png", "png", NoisePng.Create(PngWidth, PngHeight, (uint)mark)),
        ];
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
