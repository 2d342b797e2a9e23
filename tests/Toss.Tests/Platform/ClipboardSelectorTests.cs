using System.Net.Sockets;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class ClipboardSelectorTests
{
    [Theory]
    [InlineData(null, null, false, "none", true)]
    [InlineData("", null, false, "none", true)]
    [InlineData(":77", null, false, "x11", false)]
    [InlineData(":77", "nobody-listens", false, "x11", false)]
    [InlineData(null, "nobody-listens", false, "wayland", false)]
    [InlineData(":77", null, true, "headless", false)]
    [InlineData(null, "nobody-listens", true, "headless", false)]
    public async Task Chooses_by_what_was_asked_and_what_is_named(
        string? display,
        string? wayland,
        bool headless,
        string backend,
        bool notice
    )
    {
        using var folder = new TemporaryFolder();
        await ChoosesAsync(display, wayland, folder.Path, headless, backend, notice);
    }

    /// <summary>wayland: `named` by WAYLAND_DISPLAY, `whole` as a path, or `default`, as the runtime folder's wayland-0.</summary>
    [Theory]
    [InlineData(WaylandProtocol.ExtManager, "named", null, "wayland", false)]
    [InlineData(WaylandProtocol.ExtManager, "named", ":77", "wayland", false)]
    [InlineData(WaylandProtocol.WlrManager, "whole", ":77", "wayland", false)]
    [InlineData(WaylandProtocol.ExtManager, "default", null, "wayland", false)]
    // Whoever names an X display and no other means it: wayland-0 may be another session's.
    [InlineData(WaylandProtocol.ExtManager, "default", ":77", "x11", false)]
    // GNOME: through Xwayland, if there is one.
    [InlineData(null, "named", ":77", "x11", false)]
    [InlineData(null, "named", null, "none", true)]
    [InlineData(null, "default", null, "none", true)]
    public async Task Chooses_by_what_the_compositor_has(
        string? manager,
        string wayland,
        string? display,
        string backend,
        bool notice
    )
    {
        await using var compositor = new FakeCompositor();
        compositor.Managers.Clear();
        if (manager is not null)
        {
            compositor.Managers.Add((manager, 1));
        }
        compositor.Listen();
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["wayland-0"], compositor.Path);
        await ChoosesAsync(
            display,
            wayland switch
            {
                "whole" => compositor.Path,
                "named" => "wayland-0",
                _ => null,
            },
            folder.Path,
            headless: false,
            backend,
            notice
        );
    }

    [Fact]
    public async Task A_compositor_that_does_not_answer_holds_up_no_start()
    {
        using var folder = new TemporaryFolder();
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(folder["wayland-0"]));
        silent.Listen();
        var before = TimeProvider.System.GetTimestamp();
        await ChoosesAsync(":77", "wayland-0", folder.Path, headless: false, "x11", notice: false);
        Assert.InRange(TimeProvider.System.GetElapsedTime(before), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
    }

    private static async Task ChoosesAsync(
        string? display,
        string? wayland,
        string runtimeFolder,
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
                    "XDG_RUNTIME_DIR" => runtimeFolder,
                    _ => null,
                },
            headless
        );
        Assert.Equal(backend, choice.Clipboard.Backend);
        Assert.Equal(notice, choice.Notice is not null);
        await choice.Clipboard.DisposeAsync();
    }
}
