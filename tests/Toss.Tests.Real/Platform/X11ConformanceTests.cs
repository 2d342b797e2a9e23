using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;

namespace Toss.Tests.Real.Platform;

/// <summary>Xvfb below, xclip as the user.</summary>
public sealed class X11ConformanceTests : DisplayClipboardConformance
{
    private XvfbServer _server = null!;
    private X11Programs _programs = null!;

    protected override async ValueTask<IClipboard> CreateAsync()
    {
        _server = await XvfbServer.StartAsync();
        _programs = new X11Programs(_server.Display);
        return new X11Clipboard(_server.Display);
    }

    protected override async ValueTask UserCopiesAsync(ClipContent content)
    {
        // xclip offers one target at a time.
        var only = content.Representations.Single();
        await _programs.XclipCopyAsync(only.Bytes.ToArray(), only.MediaType == MediaTypes.Text ? null : only.MediaType);
    }

    protected override ValueTask UserEmptiesAsync()
    {
        _programs.KillLastOwner();
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask TearDownAsync()
    {
        await _programs.DisposeAsync();
        await _server.DisposeAsync();
    }
}
