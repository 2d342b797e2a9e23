using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>Content that is announced and comes when somebody pastes, as programs of an X display see it.</summary>
public sealed class X11PromiseTests : X11TestDisplay
{
    private const int Size = 3_000_000;

    private readonly SteppedTime _time = new();
    private readonly byte[] _content = Noise(Size);

    protected override ClipboardTiming Timing => ClipboardTiming.Default with { Time = _time };

    [Fact]
    public async Task Xclip_and_a_GTK_program_paste_it_and_nobody_reads_it_before()
    {
        var promise = await AnnounceAsync();
        Assert.Contains("image/png", await Programs.TargetsAsync());
        APersonWaits();
        Assert.Empty(promise.Opened);

        Assert.True((await Programs.XclipPasteAsync("image/png")).AsSpan().SequenceEqual(_content), "xclip's differs");
        Assert.Equal(["xclip"], promise.Opened);
        Assert.True((await Programs.GtkPasteAsync("image/png")).AsSpan().SequenceEqual(_content), "GTK's differs");
        Assert.Equal(2, promise.Opened.Count);
        Assert.Empty(promise.NotGiven);
        Assert.Equal([Size, Size], promise.Closed);
    }

    [Fact]
    public async Task Text_is_pasted_by_each_of_its_names()
    {
        var text = System.Text.Encoding.UTF8.GetBytes(Convert.ToHexString(_content));
        await AnnounceAsync(new TestPromise(text), MediaTypes.Text);
        APersonWaits();
        foreach (var target in (string[])["UTF8_STRING", "text/plain;charset=utf-8", "text/plain"])
        {
            Assert.True((await Programs.XclipPasteAsync(target)).AsSpan().SequenceEqual(text), target);
        }
    }

    /// <summary>The clock stands still: all of this is in the instant of the announcement.</summary>
    [Fact]
    public async Task Who_reads_everything_at_once_gets_nothing_of_it_and_is_named()
    {
        var promise = new TestPromise(_content);
        var announced = new ClipContent(
            [new(MediaTypes.Text, "small"u8.ToArray()), new(MediaTypes.Png, promise)],
            Sensitivity.Normal
        );
        await ApplyAsync(announced);
        await Play(client =>
        {
            Assert.NotEqual(0, client.Ask("TARGETS"));
            Assert.NotEqual(0, client.Ask("UTF8_STRING"));
            Assert.Equal("small"u8.ToArray(), client.Read("TEST_DATA"));
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(0, client.Ask("image/png"));
                // Slower than one can read, faster than anybody presses a key.
                _time.Advance(PasteJudge.Reflex - TimeSpan.FromMilliseconds(1));
            }
        });
        Assert.Empty(promise.Opened);
        Assert.Equal(20, promise.NotGiven.Count);
        // .NET names threads, and the kernel a process by its first.
        Assert.All(promise.NotGiven, name => Assert.NotEmpty(name));
        // What is on this device already is no secret to a clipboard manager.
        await AnnounceAsync(new TestPromise(_content, isHere: true));
        Assert.True((await Programs.XclipPasteAsync("image/png")).AsSpan().SequenceEqual(_content), "it differs");
    }

    [Fact]
    public async Task It_is_streamed_as_it_comes()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(0);
        await AnnounceAsync(promise);
        APersonWaits();
        using var received = new MemoryStream();
        var firstPiece = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var paste = Play(client =>
        {
            Assert.NotEqual(0, client.Ask("image/png"));
            Assert.Equal(client.Atom("INCR"), client.TypeOf("TEST_DATA"));
            Assert.Equal(Size, Assert.Single(client.ReadLongs("TEST_DATA")));
            client.ReceiveIncremental(
                received,
                () =>
                {
                    if (received.Length >= 200_000)
                    {
                        firstPiece.TrySetResult();
                    }
                }
            );
        });
        promise.ComesTo(300_000);
        await Watchdog.Within(firstPiece.Task, "the beginning, before the rest is there");
        // Others are served while it waits, and a new content takes nothing from who pastes the old one.
        await ApplyAsync(Text("something else"));
        Assert.Equal("something else"u8.ToArray(), await Programs.XclipPasteAsync("UTF8_STRING"));
        promise.ComesTo(Size);
        await paste;
        Assert.True(received.ToArray().AsSpan().SequenceEqual(_content), "the paste differs");
    }

    /// <summary>A part must not pass for the whole: without an end, whoever pastes knows that it failed.</summary>
    [Fact]
    public async Task What_does_not_come_has_no_end()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(500_000);
        await AnnounceAsync(promise);
        APersonWaits();
        var ended = false;
        using var received = new MemoryStream();
        _ = Play(client =>
        {
            Assert.NotEqual(0, client.Ask("image/png"));
            client.ReceiveIncremental(received);
            ended = !client.Stopped;
        });
        await Testing.Programs.Eventually.HoldsAsync(
            "a part to arrive",
            () => Task.FromResult(received.Length >= 400_000)
        );
        promise.Fail();
        await Testing.Programs.Eventually.HoldsAsync(
            "it to be given up",
            () => Task.FromResult(!promise.Closed.IsEmpty)
        );
        Assert.Equal("still there"u8.ToArray(), await StillServesAsync());
        Assert.False(ended);
    }

    /// <summary>A program that was told of a transfer would wait for its first piece for ever.</summary>
    [Fact]
    public async Task What_does_not_come_at_all_is_refused()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(0);
        await AnnounceAsync(promise);
        APersonWaits();
        var paste = Play(client => Assert.Equal(0, client.Ask("image/png")));
        await Testing.Programs.Eventually.HoldsAsync("the question", () => Task.FromResult(!promise.Opened.IsEmpty));
        promise.Fail();
        await paste;
        Assert.Equal([0L], promise.Closed);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Programs.XclipPasteAsync("image/png"));
        Assert.Equal("still there"u8.ToArray(), await StillServesAsync());
    }

    /// <summary>One request for everything is no person's.</summary>
    [Fact]
    public async Task Several_promised_formats_in_one_request_are_refused()
    {
        var (png, other) = (new TestPromise(_content), new TestPromise(_content));
        await ApplyAsync(
            new ClipContent([new(MediaTypes.Png, png), new("application/x-other", other)], Sensitivity.Normal)
        );
        APersonWaits();
        await Play(client =>
        {
            nint[] pairs =
            [
                client.Atom("image/png"),
                client.Atom("P1"),
                client.Atom("application/x-other"),
                client.Atom("P2"),
            ];
            client.WriteLongs("TEST_PAIRS", "ATOM_PAIR", pairs);
            Assert.NotEqual(0, client.Ask("MULTIPLE", "TEST_PAIRS"));
            Assert.Equal([pairs[0], 0, pairs[2], 0], client.ReadLongs("TEST_PAIRS"));
        });
        Assert.Empty(png.Opened.Concat(other.Opened));
    }

    [Fact]
    public async Task Who_leaves_in_the_middle_costs_nothing()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(500_000);
        await AnnounceAsync(promise);
        APersonWaits();
        await Play(client =>
        {
            Assert.NotEqual(0, client.Ask("image/png"));
            client.Connection.DeleteProperty(client.Window, client.Atom("TEST_DATA"));
            client.Next(Xlib.PropertyNotify, "the first piece");
        });
        await Testing.Programs.Eventually.HoldsAsync(
            "its content to be closed",
            () => Task.FromResult(!promise.Closed.IsEmpty)
        );
    }

    private async Task<byte[]> StillServesAsync()
    {
        await ApplyAsync(Text("still there"));
        return await Programs.XclipPasteAsync("UTF8_STRING");
    }

    private void APersonWaits() => _time.Advance(TimeSpan.FromSeconds(1));

    private Task<TestPromise> AnnounceAsync() => AnnounceAsync(new TestPromise(_content));

    private async Task<TestPromise> AnnounceAsync(TestPromise promise, string mediaType = MediaTypes.Png)
    {
        var content = new ClipContent([new ContentRepresentation(mediaType, promise)], Sensitivity.Normal);
        Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(content));
        return promise;
    }
}
