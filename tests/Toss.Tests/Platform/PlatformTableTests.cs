using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.MacOs;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Faults;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>docs/platforms.md says by which names each desktop has each format, as the adapters have it.</summary>
public sealed class PlatformTableTests
{
    private const string Head = "| media type | Wayland, X11, GNOME | Windows | macOS (untested on hardware) |";

    [Fact]
    public void The_documentation_has_the_table_of_formats_that_the_adapters_have() =>
        Assert.Equal(
            Rows(),
            File.ReadLines(Path.Combine(FaultPointList.Root, "docs", "platforms.md"))
                .SkipWhile(line => line != Head)
                .TakeWhile(line => line.StartsWith('|'))
                .Skip(2)
        );

    private static IEnumerable<string> Rows() =>
        TargetFormats.Readable.Select(format =>
            $"| `{format.MediaType}` | {Names(format.Targets)} | {Names(WindowsNames(format.MediaType))} | {Names(MacNames(format.MediaType))} |"
        );

    private static IEnumerable<string> WindowsNames(string mediaType) =>
        WindowsFormats.Readable.Where(format => format.MediaType == mediaType).SelectMany(format => format.Formats);

    /// <summary>An address has a second type, for its title.</summary>
    private static IEnumerable<string> MacNames(string mediaType) =>
        PasteboardFormats
            .Readable.Where(format => format.MediaType == mediaType)
            .SelectMany(format => format.Types)
            .SelectMany(type => type == PasteboardFormats.Url ? (string[])[type, PasteboardFormats.UrlTitle] : [type]);

    private static string Names(IEnumerable<string> names) =>
        names.Any() ? string.Join(", ", names.Select(name => $"`{name}`")) : "not yet";
}
