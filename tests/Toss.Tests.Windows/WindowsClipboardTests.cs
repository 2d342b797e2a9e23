using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Platform;
using Toss.Testing.Wine;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Windows;

/// <summary>What programs of Windows do with the clipboard, beside copying.</summary>
public sealed class WindowsClipboardTests(PeerFixture fixture) : IAsyncLifetime
{
    private static readonly byte[] origin = [9, 8, 7];

    private readonly WindowsClipboard _clipboard = new(
        WindowsTiming.Default with
        {
            Busy = TimeSpan.FromSeconds(1),
            GiveUp = TimeSpan.FromSeconds(5),
            Silent = TimeSpan.FromSeconds(1.5),
        }
    );
    private readonly WinPeerProgram _peer = fixture.Peer;

    public async ValueTask InitializeAsync()
    {
        await _peer.EmptyAsync();
        await Watchdog.Within(_clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
    }

    public async ValueTask DisposeAsync() => await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");

    [Fact]
    public async Task A_copy_names_its_program()
    {
        await _peer.CopyTextAsync("whose");
        Assert.Equal("winpeer.exe", (await NextAsync()).Source, ignoreCase: true);
    }

    [Fact]
    public async Task The_same_content_put_again_in_steps_is_one_copy()
    {
        await _peer.CopyTextAsync("one");
        Assert.Equal("one", TextOf(await NextAsync()));
        await _peer.AddAsync(("A format that nobody knows", [1]));
        await _peer.CopyTextAsync("one");
        await _peer.CopyTextAsync("two");
        Assert.Equal("two", TextOf(await NextAsync()));
    }

    [Fact]
    public async Task What_was_copied_again_after_ours_is_a_copy()
    {
        await _peer.CopyTextAsync("again");
        Assert.Equal("again", TextOf(await NextAsync()));
        await ApplyAsync(Text("ours"));
        await _peer.CopyTextAsync("again");
        Assert.Equal("again", TextOf(await NextAsync()));
    }

    [Fact]
    public async Task Formats_of_one_copy_are_read_in_the_order_of_their_program()
    {
        await _peer.CopyAsync(
            ForeignFormats.Of(new(MediaTypes.Html, "<b>b</b>"u8.ToArray())),
            ForeignFormats.Of(new(MediaTypes.Text, "b"u8.ToArray())),
            ("Something else", [1, 2, 3])
        );
        var seen = await NextAsync();
        Assert.Equal([MediaTypes.Html, MediaTypes.Text], seen.Representations.Select(one => one.MediaType));
        Assert.Equal("<b>b</b>"u8, seen.Representations[0].Bytes.Span);
        Assert.Empty(seen.Omitted);
    }

    [Theory]
    [InlineData("ExcludeClipboardContentFromMonitorProcessing", 1, true)]
    [InlineData("Clipboard Viewer Ignore", 1, true)]
    [InlineData("CanIncludeInClipboardHistory", 0, true)]
    [InlineData("CanIncludeInClipboardHistory", 1, false)]
    [InlineData("CanUploadToCloudClipboard", 0, true)]
    [InlineData("CanUploadToCloudClipboard", 1, false)]
    public async Task Hints_of_password_managers_are_honoured(string hint, int value, bool conceals)
    {
        await _peer.CopyAsync(("13", Encoding.Unicode.GetBytes("hunter2\0")), (hint, BitConverter.GetBytes(value)));
        Assert.Equal(conceals, (await NextAsync()).Concealed);
    }

    [Fact]
    public async Task A_secret_carries_every_hint_and_does_not_outlive_us()
    {
        await ApplyAsync(Text("hunter2") with { Sensitivity = Sensitivity.Secret });
        var there = await _peer.ReadAsync();
        foreach (var (hint, _) in WindowsFormats.Hints)
        {
            Assert.Equal([0, 0, 0, 0], there.Single(one => one.Format == hint).Bytes.Take(4));
        }
        await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");
        Assert.Empty(await _peer.ReadAsync());
    }

    [Fact]
    public async Task What_is_no_secret_stays_without_us_and_carries_no_hint()
    {
        await ApplyAsync(Text("stays"));
        await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");
        var there = await _peer.ReadAsync();
        Assert.Equal("stays"u8.ToArray(), ForeignFormats.ToOurs(MediaTypes.Text, there));
        Assert.DoesNotContain(there, one => WindowsFormats.Hints.Any(hint => hint.Format == one.Format));
    }

    [Fact]
    public async Task A_clipboard_that_somebody_holds_is_waited_for()
    {
        var held = await _peer.HoldAsync(TimeSpan.FromMilliseconds(150));
        Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(Text("late")));
        await held;
        Assert.Equal("late"u8.ToArray(), ForeignFormats.ToOurs(MediaTypes.Text, await _peer.ReadAsync()));
    }

    [Fact]
    public async Task One_that_is_held_for_long_gets_what_we_put_later_and_nobody_waits_so_long()
    {
        await using var clipboard = await BusySoonAsync();
        var held = await _peer.HoldAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("at last"), clipboard));
        Assert.False(held.IsCompleted);
        await held;
        var read = await Watchdog.Within(clipboard.ReadAsync(CancellationToken.None), "a read");
        Assert.Equal("at last", TextOf(read!));
    }

    [Fact]
    public async Task What_somebody_copies_while_ours_waits_keeps_the_clipboard()
    {
        await using var clipboard = await BusySoonAsync();
        var held = await _peer.HoldAsync(TimeSpan.FromSeconds(2), thenCopied: "the user's");
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("ours"), clipboard));
        await held;
        Assert.Equal("the user's", TextOf(await Watchdog.Within(clipboard.Changes.ReadAsync(), "a copy to come in")));
        var read = await Watchdog.Within(clipboard.ReadAsync(CancellationToken.None), "a read");
        Assert.Equal("the user's", TextOf(read!));
    }

    [Fact]
    public async Task What_a_program_promises_is_fetched()
    {
        await _peer.PromiseAsync("PNG", [1, 2, 3], TimeSpan.FromMilliseconds(100));
        var seen = await NextAsync();
        Assert.Equal([1, 2, 3], seen.Representations.Single().Bytes.ToArray());
        // That it was rendered is no other copy.
        await _peer.CopyTextAsync("next");
        Assert.Equal("next", TextOf(await NextAsync()));
    }

    [Fact]
    public async Task Who_waits_for_a_program_that_does_not_answer_is_told_and_the_next_copy_works()
    {
        await _peer.PromiseAsync("PNG", [1, 2, 3], TimeSpan.FromSeconds(4));
        var read = await Watchdog.Within(_clipboard.ReadAsync(CancellationToken.None), "a read");
        Assert.Equal(OmittedReason.TimedOut, Assert.Single(read!.Omitted).Reason);
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("waits")));
        await NextAsync();
        await _peer.CopyTextAsync("next");
        Assert.Equal("next", TextOf(await NextAsync()));
    }

    [Fact]
    public async Task More_than_is_shared_is_left_out_and_named()
    {
        await _peer.CopyAsync(
            ForeignFormats.Of(new(MediaTypes.Text, "small"u8.ToArray())),
            ("PNG", new byte[(int)Limits.CopiedContent + 1])
        );
        var seen = await NextAsync();
        Assert.Equal("small", TextOf(seen));
        Assert.Equal(new OmittedFormat(MediaTypes.Png, OmittedReason.TooLarge), Assert.Single(seen.Omitted));
    }

    [Fact]
    public async Task A_bitmap_comes_in_as_a_file_and_goes_out_as_a_bitmap()
    {
        // 2 x 2 pixels of 24 bits, as Paint and the Print key copy them: CF_DIB and nothing else.
        byte[] dib =
        [
            40,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            1,
            0,
            24,
            .. new byte[25],
            .. Enumerable.Range(1, 16).Select(i => (byte)i),
        ];
        await _peer.CopyAsync(("8", dib));
        var file = Assert.Single((await NextAsync()).Representations);
        Assert.Equal(MediaTypes.Bmp, file.MediaType);
        Assert.Equal(dib, file.Bytes[14..].ToArray());

        await ApplyAsync(new ClipContent([file], Sensitivity.Normal));
        Assert.Equal(dib, (await _peer.ReadAsync()).Single(one => one.Format == "8").Bytes);
    }

    [Fact]
    public async Task A_png_can_be_pasted_where_only_bitmaps_are_known()
    {
        var picture = TestPicture.Of(11, 21, 13);
        await ApplyAsync(new ClipContent([new(MediaTypes.Png, picture.ToPng())], Sensitivity.Normal));
        var there = await _peer.ReadAsync();
        Assert.Equal(picture.ToPng(), there.Single(one => one.Format == "PNG").Bytes.Take(picture.ToPng().Length));
        Assert.Equal(
            picture.ToBmp()[14..],
            there.Single(one => one.Format == "8").Bytes.Take(picture.ToBmp().Length - 14)
        );
    }

    [Fact]
    public async Task Thousands_of_formats_hide_nothing_that_comes_first()
    {
        await _peer.CopyAsync([
            ("13", Encoding.Unicode.GetBytes("first\0")),
            .. Enumerable.Range(0, 600).Select(i => ($"Toss test {i}", new byte[] { 1 })),
        ]);
        Assert.Equal("first", TextOf(await NextAsync()));
    }

    [Fact]
    public async Task A_rest_is_a_rest()
    {
        await _peer.CopyTextAsync("before");
        await NextAsync();
        await Watchdog.Within(_clipboard.ReadAsync(CancellationToken.None), "a read");
        var before = _clipboard.Wakeups;
        // As long as it takes another program to do nothing much.
        await _peer.ReadAsync();
        await _peer.ReadAsync();
        Assert.InRange(_clipboard.Wakeups - before, 0, 1);
    }

    private static ClipContent Text(string text) =>
        new([new(MediaTypes.Text, Encoding.UTF8.GetBytes(text))], Sensitivity.Normal);

    private static string TextOf(Snapshot snapshot) =>
        Encoding.UTF8.GetString(snapshot.Representations.Single(one => one.MediaType == MediaTypes.Text).Bytes.Span);

    private Task<Snapshot> NextAsync() => Watchdog.Within(_clipboard.Changes.ReadAsync(), "a copy to come in");

    private Task<ApplyOutcome> ApplyAsync(ClipContent content, WindowsClipboard? clipboard = null) =>
        Watchdog.Within(
            (clipboard ?? _clipboard).ApplyAsync(content, origin, CancellationToken.None),
            "the clipboard to take content"
        );

    /// <summary>Another clipboard, whose callers only its own word ends.</summary>
    private static async Task<WindowsClipboard> BusySoonAsync()
    {
        var clipboard = new WindowsClipboard(
            WindowsTiming.Default with
            {
                Busy = TimeSpan.FromMilliseconds(500),
                Silent = Watchdog.Patience,
            }
        );
        await Watchdog.Within(clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
        return clipboard;
    }
}
