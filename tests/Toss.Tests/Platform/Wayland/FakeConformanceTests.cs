using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.Wayland;

/// <summary>A compositor of ours below, which speaks ext-data-control.</summary>
public sealed class FakeConformanceTests : DisplayClipboardConformance
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

    /// <summary>A burst that nobody looks at: what gives way to newer copies is kept nowhere.</summary>
    [Fact]
    public async Task Large_copies_that_nobody_takes_are_let_go_of()
    {
        for (var copy = 1; copy <= 17; copy++)
        {
            await UserCopiesAsync(Content((MediaTypes.Png, Bytes(Limits.HeldContent + copy))));
            await Watchdog.Within(Task.Run(() => Reported(copy)), "the copy to be noticed");
        }
        await Watchdog.Within(Spool.GaveUp, "the oldest to be let go of");
        Assert.Equal(16, Spool.Kept.Count);
        Assert.Equal(Limits.HeldContent + 2, (await NextChangeAsync()).Representations[0].Size);

        async Task Reported(int copies)
        {
            // It answers with what it has read; only then is the next copied.
            while ((await ReadAsync())?.Representations is not [{ } one] || one.Size != Limits.HeldContent + copies) { }
        }
    }

    [Fact]
    public async Task What_stands_beside_files_is_not_spooled()
    {
        await UserCopiesAsync(
            Content(
                (MediaTypes.Png, Bytes(Limits.HeldContent + 1)),
                ("text/uri-list", "file:///tmp/picture.png\r\n"u8.ToArray())
            )
        );
        var seen = await NextChangeAsync();
        Assert.Equal([MediaTypes.Png, MediaTypes.LocalFiles], seen.Representations.Select(one => one.MediaType));
        Assert.Equal(0, Spool.Asked);
    }

    [Fact]
    public async Task Large_latin_1_is_converted_in_memory()
    {
        var text = new string('\u00e9', Limits.HeldContent + 1);
        await UserCopiesAsync(Content(("text/plain", System.Text.Encoding.Latin1.GetBytes(text))));
        var seen = Assert.Single((await NextChangeAsync()).Representations);
        Assert.Equal((MediaTypes.Text, 2L * text.Length), (seen.MediaType, seen.Size));
        Assert.Equal(0, Spool.Asked);
    }

    protected override ValueTask TearDownAsync() => _compositor.DisposeAsync();
}
