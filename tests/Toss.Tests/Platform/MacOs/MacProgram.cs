using System.Text;
using Toss.Core.Clips;
using Toss.Testing.Platform;
using Toss.Testing.Platform.MacOs;

namespace Toss.Tests.Platform.MacOs;

/// <summary>A program of macOS that is not ours: its own table of Apple's names, and two types for an address.</summary>
internal static class MacProgram
{
    public static string TypeOf(string mediaType) =>
        mediaType switch
        {
            "text/plain;charset=utf-8" => "public.utf8-plain-text",
            "text/html" => "public.html",
            "text/rtf" => "public.rtf",
            "text/x-moz-url" => "public.url",
            "image/png" => "public.png",
            "image/jpeg" => "public.jpeg",
            "image/gif" => "com.compuserve.gif",
            "image/webp" => "org.webmproject.webp",
            "image/bmp" => "com.microsoft.bmp",
            "image/tiff" => "public.tiff",
            "image/svg+xml" => "public.svg-image",
            _ => mediaType,
        };

    public static ForeignProgram On(RecordedPasteboard pasteboard) =>
        new(
            "a program of macOS",
            _ => true,
            content =>
            {
                pasteboard.Copy([.. Copied(content)]);
                return Task.CompletedTask;
            },
            mediaType => Task.FromResult(Pasted(pasteboard, mediaType))
        );

    private static IEnumerable<(string, byte[])> Copied(ContentRepresentation content)
    {
        var type = TypeOf(content.MediaType);
        if (content.MediaType != MediaTypes.Url)
        {
            return [(type, content.Bytes.ToArray())];
        }
        var lines = Encoding.UTF8.GetString(content.Bytes.Span).Split('\n');
        return
        [
            (type, Encoding.UTF8.GetBytes(lines[0])),
            .. lines.Skip(1).Select(title => ("public.url-name", Encoding.UTF8.GetBytes(title))),
        ];
    }

    private static byte[] Pasted(RecordedPasteboard pasteboard, string mediaType)
    {
        var bytes =
            pasteboard.Paste(TypeOf(mediaType)) ?? throw new InvalidOperationException($"There is no {mediaType}.");
        return mediaType == MediaTypes.Url && pasteboard.Paste("public.url-name") is { } title
            ? [.. bytes, (byte)'\n', .. title]
            : bytes;
    }
}
