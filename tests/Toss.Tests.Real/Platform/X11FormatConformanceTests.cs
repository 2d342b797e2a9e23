using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;

namespace Toss.Tests.Real.Platform;

/// <summary>Xvfb below; xclip, xsel and a GTK program beside us.</summary>
public sealed class X11FormatConformanceTests : FormatConformance
{
    private XvfbServer _server = null!;
    private X11Programs _programs = null!;

    protected override IReadOnlyList<ForeignProgram> Programs =>
        [
            new(
                "xclip",
                _ => true,
                content => _programs.XclipCopyAsync(Foreign(content), Target(content.MediaType)),
                async mediaType => Ours(mediaType, await _programs.XclipPasteAsync(Target(mediaType)))
            ),
            new(
                "xsel",
                // To copy nothing with it is to empty the clipboard.
                content => content is { MediaType: MediaTypes.Text, Bytes.Length: > 0 },
                content => _programs.XselCopyAsync(Foreign(content)),
                _ => _programs.XselPasteAsync()
            ),
            new(
                "a GTK program",
                _ => true,
                content => _programs.GtkCopyAsync([(Target(content.MediaType), Foreign(content))]),
                async mediaType => Ours(mediaType, await _programs.GtkPasteAsync(Target(mediaType)))
            ),
        ];

    protected override async ValueTask<IClipboard> CreateAsync()
    {
        _server = await XvfbServer.StartAsync();
        _programs = new X11Programs(_server.Display);
        return new X11Clipboard(_server.Display);
    }

    protected override async ValueTask TearDownAsync()
    {
        await _programs.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static string Target(string mediaType) =>
        mediaType == MediaTypes.Text ? TargetFormats.Utf8String : mediaType;

    /// <summary>Browsers have addresses in UTF-16, with the title after a line feed, even an empty one.</summary>
    private static byte[] Foreign(ContentRepresentation content) =>
        content.MediaType == MediaTypes.Url && TitledUrl.TryRead(content.Bytes.Span, out var url)
            ? Encoding.Unicode.GetBytes($"{url.Url}\n{url.Title}")
            : content.Bytes.ToArray();

    private static byte[] Ours(string mediaType, byte[] foreign)
    {
        if (mediaType != MediaTypes.Url)
        {
            return foreign;
        }
        var parts = Encoding.Unicode.GetString(foreign).Split('\n', 2);
        return new TitledUrl(parts[0], parts[1]).ToBytes();
    }
}
