using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.Wayland;

/// <summary>One fake compositor and one clipboard of ours on it, for one test.</summary>
public abstract class FakeDesktop : IAsyncLifetime
{
    /// <summary>Short, so that a test of a time-out is quick; long against a busy machine's pauses.</summary>
    protected static readonly ClipboardTiming Quick = ClipboardTiming.Default with
    {
        Progress = TimeSpan.FromSeconds(1),
        Reader = TimeSpan.FromSeconds(1),
        ReconnectFirst = TimeSpan.FromMilliseconds(5),
        ReconnectMost = TimeSpan.FromMilliseconds(20),
    };

    protected static readonly byte[] Origin = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    protected virtual ClipboardTiming Timing => Quick;

    internal FakeCompositor Compositor { get; private set; } = null!;

    protected WaylandClipboard Clipboard { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Compositor = FakeCompositor.Start();
        Clipboard = new WaylandClipboard(Compositor.Path, Timing);
        await Watchdog.Within(Clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        await TearDownAsync();
        await Compositor.DisposeAsync();
    }

    protected virtual ValueTask TearDownAsync() => ValueTask.CompletedTask;

    protected static ClipContent Text(string text) => Content((MediaTypes.Text, Encoding.UTF8.GetBytes(text)));

    protected static ClipContent Content(params (string Type, byte[] Bytes)[] representations) =>
        new([.. representations.Select(one => new ContentRepresentation(one.Type, one.Bytes))], Sensitivity.Normal);

    protected static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    protected Task<ApplyOutcome> ApplyAsync(ClipContent content) =>
        Watchdog.Within(Clipboard.ApplyAsync(content, Origin, CancellationToken.None), "the clipboard to take content");

    protected Task<Snapshot?> ReadAsync() =>
        Watchdog.Within(Clipboard.ReadAsync(CancellationToken.None), "the clipboard to be read");

    protected Task<Snapshot> NextChangeAsync() =>
        Watchdog.Within(Clipboard.Changes.ReadAsync(), "the clipboard to report a copy");

    protected async Task StateAsync(ClipboardState state)
    {
        while (await Watchdog.Within(Clipboard.States.ReadAsync(), $"the state {state}") != state) { }
    }

    internal void Copy(string text) => Compositor.Copy((MediaTypes.Text, Encoding.UTF8.GetBytes(text)));

    /// <summary>Shows that the clipboard still hears the user.</summary>
    protected async Task StillListensAsync(string text)
    {
        Copy(text);
        while (TextOf(await NextChangeAsync()) != text) { }
    }

    protected static string? TextOf(Snapshot? snapshot) =>
        snapshot?.Representations.FirstOrDefault(one => one.MediaType == MediaTypes.Text) is { } text
            ? Encoding.UTF8.GetString(text.Bytes.Span)
            : null;

    /// <summary>Until the clipboard waits without end again.</summary>
    protected async Task WakeupsRestAsync()
    {
        for (var before = -1L; before != Clipboard.Wakeups; )
        {
            before = Clipboard.Wakeups;
            await Task.Delay(Quick.Reader * 1.5);
        }
    }
}
