using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;

namespace Toss.Tests.Real.Platform;

/// <summary>Headless sway below, which speaks wlr-data-control, and wl-copy as the user.</summary>
public sealed class SwayConformanceTests : DisplayClipboardConformance
{
    private SwayDesktop _desktop = null!;
    private WaylandPrograms _programs = null!;

    protected override async ValueTask<IClipboard> CreateAsync()
    {
        _desktop = await SwayDesktop.StartAsync();
        _programs = new WaylandPrograms(_desktop.RuntimeFolder, _desktop.Display);
        return new WaylandClipboard(_desktop.Socket);
    }

    protected override async ValueTask UserCopiesAsync(ClipContent content)
    {
        // wl-copy offers one type at a time.
        var only = content.Representations.Single();
        await _programs.CopyAsync(only.Bytes.ToArray(), only.MediaType);
    }

    protected override async ValueTask UserEmptiesAsync() => await _programs.ClearAsync();

    /// <summary>wl-copy offers text/html as plain text as well, with the same bytes.</summary>
    protected override ClipContent Seen(ClipContent copied) =>
        copied.Representations is [{ MediaType: MediaTypes.Html, Bytes: var html }]
            ? copied with
            {
                Representations = [.. copied.Representations, new(MediaTypes.Text, html)],
            }
            : copied;

    protected override async ValueTask TearDownAsync()
    {
        await _programs.DisposeAsync();
        await _desktop.DisposeAsync();
    }
}
