using Toss.Platform.Clipboards;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class ClipboardSelectorTests
{
    [Theory]
    [InlineData(null, null, false, "none", true)]
    [InlineData("", null, false, "none", true)]
    [InlineData(null, "wayland-0", false, "none", true)]
    [InlineData(":77", null, false, "x11", false)]
    [InlineData(":77", "wayland-0", false, "x11", false)]
    [InlineData(":77", null, true, "headless", false)]
    [InlineData(null, null, true, "headless", false)]
    public async Task Chooses_by_what_was_asked_and_what_there_is(
        string? display,
        string? wayland,
        bool headless,
        string backend,
        bool notice
    )
    {
        var choice = ClipboardSelector.Select(
            name =>
                name switch
                {
                    "DISPLAY" => display,
                    "WAYLAND_DISPLAY" => wayland,
                    _ => null,
                },
            headless
        );
        Assert.Equal(backend, choice.Clipboard.Backend);
        Assert.Equal(notice, choice.Notice is not null);
        await choice.Clipboard.DisposeAsync();
    }
}
