using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Platform.Clipboards;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.Wayland;

/// <summary>Content that is announced and comes when somebody pastes, as programs of a Wayland desktop see it.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class WaylandPromiseTests : FakeDesktop
{
    private const int Size = 1_000_000;

    private readonly SteppedTime _time = new();
    private readonly byte[] _content = Noise(Size);

    protected override ClipboardTiming Timing => Quick with { Time = _time };

    [Fact]
    public async Task It_is_read_when_it_is_pasted_and_not_before()
    {
        var promise = await AnnounceAsync();
        Assert.Contains(MediaTypes.Png, Compositor.Selection!.Types);
        APersonWaits();
        Assert.Empty(promise.Opened);
        Assert.True((await Compositor.PasteAsync(MediaTypes.Png)).AsSpan().SequenceEqual(_content), "it differs");
        Assert.Equal([Size], promise.Closed);
    }

    /// <summary>The clock stands still: all of this is in the instant of the announcement, or without a pause after it.</summary>
    [Fact]
    public async Task Who_reads_everything_at_once_gets_nothing_of_it()
    {
        var promise = await AnnounceAsync();
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty(await Compositor.PasteAsync(MediaTypes.Png));
            _time.Advance(PasteJudge.Reflex - TimeSpan.FromMilliseconds(1));
        }
        Assert.Empty(promise.Opened);
        Assert.Equal(10, promise.NotGiven.Count);
        APersonWaits();
        Assert.Equal(Size, (await Compositor.PasteAsync(MediaTypes.Png)).Length);
        // What is here is for all.
        await AnnounceAsync(new TestPromise(_content, isHere: true));
        Assert.Equal(Size, (await Compositor.PasteAsync(MediaTypes.Png)).Length);
    }

    [Fact]
    public async Task It_is_streamed_as_it_comes_and_nobody_turns_in_circles_meanwhile()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(300_000);
        await AnnounceAsync(promise);
        APersonWaits();
        await using var paste = Compositor.BeginPaste(MediaTypes.Png);
        var received = new byte[Size];
        await Watchdog.Within(paste.ReadExactlyAsync(received.AsMemory(0, 300_000)).AsTask(), "the beginning");
        await WakeupsRestAsync();
        promise.ComesTo(Size);
        await Watchdog.Within(paste.ReadExactlyAsync(received.AsMemory(300_000)).AsTask(), "the rest");
        Assert.Equal(0, await paste.ReadAsync(new byte[1]));
        Assert.True(received.AsSpan().SequenceEqual(_content), "it differs");
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_and_content_that_does_not_come_cost_nothing()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(300_000);
        await AnnounceAsync(promise);
        APersonWaits();
        var leaves = Compositor.BeginPaste(MediaTypes.Png);
        await using var stays = Compositor.BeginPaste(MediaTypes.Png);
        await Watchdog.Within(leaves.ReadExactlyAsync(new byte[300_000]).AsTask(), "the beginning");
        await Watchdog.Within(stays.ReadExactlyAsync(new byte[300_000]).AsTask(), "the same");
        await leaves.DisposeAsync();
        await Eventually.HoldsAsync("what it read to be closed", () => Task.FromResult(promise.Closed.Count == 1));
        promise.Fail();
        Assert.Equal(0, await Watchdog.Within(stays.ReadAsync(new byte[1]).AsTask(), "an end"));
        await ApplyAsync(Text("still there"));
        Assert.Equal("still there"u8.ToArray(), await Compositor.PasteAsync("text/plain"));
    }

    private void APersonWaits() => _time.Advance(TimeSpan.FromSeconds(1));

    private Task<TestPromise> AnnounceAsync() => AnnounceAsync(new TestPromise(_content));

    private async Task<TestPromise> AnnounceAsync(TestPromise promise)
    {
        var content = new ClipContent([new ContentRepresentation(MediaTypes.Png, promise)], Sensitivity.Normal);
        Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(content));
        return promise;
    }
}
