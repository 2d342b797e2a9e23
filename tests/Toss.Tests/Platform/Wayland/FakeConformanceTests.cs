using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;

namespace Toss.Tests.Platform.Wayland;

/// <summary>A compositor of ours below, which speaks ext-data-control.</summary>
public sealed class FakeConformanceTests : ClipboardConformance
{
    private readonly FakeCompositor _compositor = FakeCompositor.Start();

    protected override ValueTask<IClipboard> CreateAsync() =>
        ValueTask.FromResult<IClipboard>(new WaylandClipboard(_compositor.Path));

    protected override ValueTask UserCopiesAsync(ClipContent content)
    {
        _compositor.Copy([.. content.Representations.Select(one => (one.MediaType, one.Bytes.ToArray()))]);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask UserEmptiesAsync()
    {
        _compositor.Clear();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask TearDownAsync() => _compositor.DisposeAsync();
}
