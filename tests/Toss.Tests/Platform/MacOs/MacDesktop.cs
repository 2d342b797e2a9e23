using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.MacOs;
using Toss.Testing.Platform;
using Toss.Testing.Platform.MacOs;
using Xunit;

namespace Toss.Tests.Platform.MacOs;

/// <summary>A started clipboard over a pasteboard in memory, with its users.</summary>
internal sealed class MacDesktop : IAsyncDisposable
{
    /// <summary>Looks at once, and as patient as with a Mac: a busy machine breaks no test.</summary>
    public static readonly PasteboardTiming Eager = PasteboardTiming.Default with
    {
        Poll = TimeSpan.FromMilliseconds(2),
        Settle = TimeSpan.FromMilliseconds(2),
        Owner = TimeSpan.FromSeconds(30),
        Patience = TimeSpan.FromSeconds(60),
    };

    public static readonly byte[] Origin = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    private MacDesktop(PasteboardTiming timing) => Clipboard = new MacClipboard(() => Pasteboard, timing);

    public RecordedPasteboard Pasteboard { get; } = new();

    public MacClipboard Clipboard { get; }

    public static async Task<MacDesktop> StartAsync(PasteboardTiming? timing = null)
    {
        var desktop = new MacDesktop(timing ?? Eager);
        await Watchdog.Within(
            desktop.Clipboard.StartAsync(spool: null, CancellationToken.None),
            "the clipboard to start"
        );
        return desktop;
    }

    public void Copy(PasteboardRecording recording) => Pasteboard.Copy(recording.Content);

    public Task<Snapshot> NextAsync() =>
        Watchdog.Within(Clipboard.Changes.ReadAsync(), "the clipboard to report a copy");

    public Task<Snapshot?> ReadAsync() =>
        Watchdog.Within(Clipboard.ReadAsync(CancellationToken.None), "the clipboard to be read");

    public Task<ApplyOutcome> ApplyAsync(ClipContent content) =>
        Watchdog.Within(Clipboard.ApplyAsync(content, Origin, CancellationToken.None), "the clipboard to take content");

    public Task ClearAsync(byte[] origin) =>
        Watchdog.Within(Clipboard.ClearAsync(origin, CancellationToken.None), "the clipboard to be cleared");

    /// <summary>If something else had been reported before, it would stand before this.</summary>
    public async Task NothingWasReportedAsync()
    {
        Pasteboard.Copy(("public.utf8-plain-text", "the next copy"u8.ToArray()));
        Assert.Equal("the next copy"u8.ToArray(), Assert.Single((await NextAsync()).Representations).Bytes.ToArray());
    }

    /// <summary>Until it has looked so often again.</summary>
    public Task LooksAsync(int more)
    {
        var from = Clipboard.Wakeups;
        return UntilAsync(() => Clipboard.Wakeups >= from + more);
    }

    public async Task UntilAsync(Func<bool> holds)
    {
        using var watchdog = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
        {
            Assert.False(watchdog.IsCancellationRequested, $"after {Clipboard.Wakeups} looks it did not come");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync() => await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
}
