using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>
/// GNOME's compositor has no data-control; it mirrors its clipboard to Xwayland, where ours is. One test, because a mutter
/// takes seconds to start.
/// </summary>
public sealed class GnomeTests
{
    private static readonly byte[] Origin = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    [Fact]
    public async Task Through_Xwayland_copies_go_both_ways()
    {
        await using var desktop = await MutterDesktop.StartAsync();
        var choice = ClipboardSelector.Select(
            name =>
                name switch
                {
                    "XDG_RUNTIME_DIR" => desktop.RuntimeFolder,
                    "WAYLAND_DISPLAY" => desktop.Display,
                    "DISPLAY" => desktop.XDisplay,
                    _ => null,
                },
            headless: false
        );
        await using var clipboard = choice.Clipboard;
        Assert.Equal(X11Clipboard.Name, clipboard.Backend);
        Assert.Null(choice.Notice);
        using var authority = new EnvironmentVariable("XAUTHORITY", desktop.XAuthority);
        await Watchdog.Within(clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
        Assert.Equal(ClipboardState.Listening, clipboard.State);

        var text = Encoding.UTF8.GetBytes("h\u00e9llo from Wayland");
        await desktop.CopyAsync(text, MediaTypes.Text);
        AssertHolds(MediaTypes.Text, text, await NextAsync());

        var png = new byte[1_500_000];
        new Random(3).NextBytes(png);
        await desktop.CopyAsync(png, MediaTypes.Png);
        AssertHolds(MediaTypes.Png, png, await NextAsync());

        foreach (var (type, bytes) in new[] { (MediaTypes.Text, "from us"u8.ToArray()), (MediaTypes.Png, png) })
        {
            var content = new ClipContent([new(type, bytes)], Sensitivity.Normal);
            Assert.Equal(
                ApplyOutcome.Applied,
                await Watchdog.Within(clipboard.ApplyAsync(content, Origin, CancellationToken.None), "an apply")
            );
            await Testing.Programs.Eventually.HoldsAsync(
                $"{type} and our mark on the Wayland side",
                async () =>
                    await desktop.TypesAsync() is var types && types.Contains(type) && types.Contains(MediaTypes.Origin)
            );
            Assert.True((await desktop.PasteAsync(type)).AsSpan().SequenceEqual(bytes), $"{type} differs");
        }

        // Nothing of ours came back: the next change is the user's next copy.
        await desktop.CopyAsync(text, MediaTypes.Text);
        AssertHolds(MediaTypes.Text, text, await NextAsync());

        Task<Snapshot> NextAsync() => Watchdog.Within(clipboard.Changes.ReadAsync(), "a copy to be reported");
    }

    private static void AssertHolds(string type, byte[] bytes, Snapshot seen)
    {
        Assert.Empty(seen.Omitted);
        Assert.Null(seen.Origin);
        var only = Assert.Single(seen.Representations);
        Assert.Equal(type, only.MediaType);
        Assert.True(only.Bytes.Span.SequenceEqual(bytes), $"{type} differs");
    }
}
