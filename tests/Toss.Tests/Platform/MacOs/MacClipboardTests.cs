using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform;
using Toss.Platform.Clipboards.MacOs;
using Toss.Testing.Platform;
using Toss.Testing.Platform.MacOs;
using Xunit;

namespace Toss.Tests.Platform.MacOs;

public sealed class MacClipboardTests : ClipboardConformance
{
    private readonly RecordedPasteboard _pasteboard = new();

    protected override ValueTask<IClipboard> CreateAsync() =>
        ValueTask.FromResult<IClipboard>(new MacClipboard(() => _pasteboard, MacDesktop.Eager));

    protected override ValueTask UserCopiesAsync(ClipContent content)
    {
        _pasteboard.Copy([
            .. content.Representations.Select(one => (MacProgram.TypeOf(one.MediaType), one.Bytes.ToArray())),
        ]);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask UserEmptiesAsync()
    {
        _pasteboard.Empty();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Is_named_macos() => Assert.Equal("macos", Clipboard.Backend);

    [Fact]
    public async Task A_session_without_a_pasteboard_says_so_and_is_not_looked_at()
    {
        await using var none = new MacClipboard(
            () => throw new PlatformException(PlatformFailure.UnsupportedDisplay, "no pasteboard"),
            MacDesktop.Eager
        );
        var failure = await Assert.ThrowsAsync<PlatformException>(async () =>
            await Watchdog.Within(
                none.StartAsync(spool: null, CancellationToken.None),
                "the clipboard to say that there is none"
            )
        );
        Assert.Equal("no pasteboard", failure.Message);
        Assert.Equal(ClipboardState.Lost, none.State);
        Assert.Equal(0, none.Wakeups);
        await Watchdog.Within(none.Changes.Completion, "the changes to end");
    }
}
