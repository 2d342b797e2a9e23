using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;

namespace Toss.Tests.Real.Platform;

/// <summary>Headless sway below; wl-copy and wl-paste beside us.</summary>
public sealed class SwayFormatConformanceTests : FormatConformance
{
    private SwayDesktop _desktop = null!;
    private WaylandPrograms _programs = null!;

    protected override IReadOnlyList<ForeignProgram> Programs =>
        [
            new(
                "wl-clipboard",
                // To copy nothing with it is to empty the clipboard.
                content => content.Bytes.Length > 0,
                content => _programs.CopyAsync(Foreign(content), content.MediaType),
                async mediaType => Ours(mediaType, await _programs.PasteAsync(mediaType))
            ),
        ];

    protected override async ValueTask<IClipboard> CreateAsync()
    {
        _desktop = await SwayDesktop.StartAsync();
        _programs = new WaylandPrograms(_desktop.RuntimeFolder, _desktop.Display);
        return new WaylandClipboard(_desktop.Socket);
    }

    protected override async ValueTask TearDownAsync()
    {
        await _programs.DisposeAsync();
        await _desktop.DisposeAsync();
    }

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
