using System.Diagnostics;
using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Blobs;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Platform;
using Toss.Testing.Wine;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Windows;

/// <summary>Content that is announced and comes when somebody pastes, as programs of Windows see it.</summary>
public sealed class WindowsPromiseTests : IAsyncLifetime
{
    private const int Size = 3_000_000;

    private static readonly byte[] origin = [9, 8, 7];

    private readonly SteppedTime _time = new();
    private readonly WindowsClipboard _clipboard;
    private readonly WinPeerProgram _peer;
    private readonly byte[] _content = Noise(Size);

    public WindowsPromiseTests(PeerFixture fixture)
    {
        _peer = fixture.Peer;
        // By a clock that the test sets; it is looked at again after this time.
        _clipboard = new(WindowsTiming.Default with { Time = _time, FirstPiece = TimeSpan.FromMilliseconds(300) });
    }

    public async ValueTask InitializeAsync()
    {
        await _peer.EmptyAsync();
        await Watchdog.Within(_clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
    }

    public async ValueTask DisposeAsync() => await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");

    [Fact]
    public async Task A_program_pastes_it_by_each_of_its_names_and_nobody_reads_it_before()
    {
        var promise = await AnnounceAsync(_content);
        Assert.Equal(
            ["PNG", MediaTypes.Png, "8"],
            (await _peer.FormatsAsync()).Intersect(["PNG", MediaTypes.Png, "8"])
        );
        APersonWaits();
        Assert.Empty(promise.Opened);

        foreach (var name in (string[])["PNG", MediaTypes.Png])
        {
            Same(_content, await _peer.PasteAsync(name));
        }
        Assert.Equal(["winpeer.exe", "winpeer.exe"], promise.Opened);
        Assert.Equal([Size, Size], promise.Closed);
        // Windows has it now, and asks nobody.
        Same(_content, await _peer.PasteAsync("PNG"));
        Assert.Equal(2, promise.Opened.Count);
        Assert.Empty(promise.NotGiven);
    }

    [Fact]
    public async Task Text_and_HTML_are_pasted_as_windows_has_them()
    {
        var text =
            "gr\u00fc\u00dfe \ud83d\ude00\n" + string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i}\u2713\n"));
        await AnnounceAsync(Encoding.UTF8.GetBytes(text), MediaTypes.Text);
        APersonWaits();
        Assert.Equal(
            text.Replace("\n", "\r\n", StringComparison.Ordinal) + '\0',
            Encoding.Unicode.GetString(await _peer.PasteAsync("13"))
        );

        var html = Encoding.UTF8.GetBytes($"<p>{text}</p>");
        await AnnounceAsync(html, MediaTypes.Html);
        APersonWaits();
        var page = await _peer.PasteAsync(ForeignFormats.Html);
        Same(html, ForeignFormats.ToOurs(MediaTypes.Html, [(ForeignFormats.Html, page)])!);
    }

    [Fact]
    public async Task A_picture_is_pasted_where_only_bitmaps_are_known()
    {
        var picture = TestPicture.Of(11, 21, 13);
        await AnnounceAsync(picture.ToPng());
        APersonWaits();
        Same(picture.ToBmp()[14..], await _peer.PasteAsync("8"));
        await AnnounceAsync(picture.ToBmp(), MediaTypes.Bmp);
        APersonWaits();
        Same(picture.ToBmp()[14..], await _peer.PasteAsync("8"));
        // What is no picture is none, and says nothing of itself.
        await AnnounceAsync(_content);
        APersonWaits();
        Assert.Empty(await _peer.PasteAsync("8"));
    }

    /// <summary>The clock stands still: all of this is in the instant of the announcement.</summary>
    [Fact]
    public async Task Who_reads_everything_at_once_gets_nothing_of_it_and_is_named()
    {
        var promise = new TestPromise(_content);
        await ApplyAsync(
            new([new(MediaTypes.Text, "small"u8.ToArray()), new(MediaTypes.Png, promise)], Sensitivity.Normal)
        );
        for (var i = 0; i < 10; i++)
        {
            var there = await _peer.ReadAsync();
            Assert.Equal("small"u8.ToArray(), ForeignFormats.ToOurs(MediaTypes.Text, there));
            Assert.Empty(there.Single(one => one.Format == "PNG").Bytes);
            // Slower than one can read, faster than anybody presses a key.
            _time.Advance(PasteJudge.Reflex - TimeSpan.FromMilliseconds(1));
        }
        Assert.Empty(promise.Opened);
        Assert.All(promise.NotGiven, name => Assert.Equal("winpeer.exe", name, ignoreCase: true));
        Assert.All(promise.Refusals, why => Assert.Equal(PasteRefusal.NotAPaste, why));
        Assert.InRange(promise.NotGiven.Count, 10, 100);
        // It was only not the time: what was refused can be pasted.
        APersonWaits();
        Same(_content, await _peer.PasteAsync("PNG"));
        // What is on this device already is no secret to a clipboard manager.
        await AnnounceAsync(new TestPromise(_content, isHere: true), MediaTypes.Png);
        Same(_content, await _peer.PasteAsync("PNG"));
    }

    [Fact]
    public async Task A_program_that_is_known_to_keep_every_copy_never_pastes()
    {
        var own = Path.Combine(AppContext.BaseDirectory, "winpeer.exe");
        var manager = Path.Combine(AppContext.BaseDirectory, "Ditto.exe");
        File.Copy(own, manager, overwrite: true);
        await using var ditto = await WinPeerProgram.StartAsync(new ProcessStartInfo(manager));
        var promise = await AnnounceAsync(_content);
        APersonWaits();
        Assert.Empty(await ditto.PasteAsync("PNG"));
        Assert.Equal("Ditto.exe", Assert.Single(promise.NotGiven), ignoreCase: true);
        Same(_content, await _peer.PasteAsync("PNG"));
    }

    [Fact]
    public async Task What_does_not_begin_to_come_is_refused_in_time_and_pasted_when_it_came()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(0);
        await AnnounceAsync(promise, MediaTypes.Png);
        APersonWaits();
        var paste = _peer.PasteAsync("PNG");
        await OpenedAsync(promise, 1);
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Empty(await paste);
        Assert.Equal([PasteRefusal.TooLate], promise.Refusals);
        Assert.Equal("winpeer.exe", Assert.Single(promise.NotGiven), ignoreCase: true);

        promise.ComesTo(Size);
        APersonWaits();
        Same(_content, await _peer.PasteAsync("PNG"));
    }

    [Fact]
    public async Task What_comes_too_slowly_is_refused_before_windows_gives_up_and_a_failure_at_once()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(Size / 2);
        await AnnounceAsync(promise, MediaTypes.Png);
        APersonWaits();
        var paste = _peer.PasteAsync("PNG");
        await OpenedAsync(promise, 1);
        _time.Advance(WindowsTiming.Default.Render - TimeSpan.FromSeconds(1));
        // Still waited for: what is asked meanwhile is answered, and what is to be put is put afterwards.
        var held = await Watchdog.Within(_clipboard.ReadAsync(CancellationToken.None), "a read");
        Assert.Same(promise, Assert.Single(held!.Representations).Promise);
        Assert.Empty(promise.Refusals);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(await paste);
        Assert.Equal([PasteRefusal.TooLate], promise.Refusals);

        promise.Fail();
        APersonWaits();
        Assert.Empty(await _peer.PasteAsync("PNG"));
        Assert.Equal(2, promise.Opened.Count);
        Assert.Single(promise.Refusals);
    }

    [Fact]
    public async Task What_is_put_while_somebody_pastes_waits_and_what_somebody_copies_then_is_seen()
    {
        var promise = new TestPromise(_content);
        promise.ComesTo(1000);
        await AnnounceAsync(promise, MediaTypes.Png);
        APersonWaits();
        var paste = _peer.PasteAsync("PNG");
        await OpenedAsync(promise, 1);
        var next = ApplyAsync(new([new(MediaTypes.Text, "next"u8.ToArray())], Sensitivity.Normal));
        promise.ComesTo(Size);
        Same(_content, await paste);
        Assert.Equal(ApplyOutcome.Applied, await next);
        Assert.Equal("next"u8.ToArray(), ForeignFormats.ToOurs(MediaTypes.Text, await _peer.ReadAsync()));
        // That it was pasted is no copy.
        await _peer.CopyTextAsync("the user's");
        var seen = await Watchdog.Within(_clipboard.Changes.ReadAsync(), "a copy to come in");
        Assert.Equal("the user's"u8.ToArray(), Assert.Single(seen.Representations).Bytes.ToArray());
    }

    [Fact]
    public async Task More_than_a_clipboard_gives_is_refused_at_once()
    {
        var promise = new HugePromise();
        await AnnounceAsync(promise, "application/x-something");
        APersonWaits();
        Assert.Empty(await _peer.PasteAsync("application/x-something"));
        Assert.Equal(PasteRefusal.TooLarge, Assert.Single(promise.Refusals));
    }

    [Fact]
    public async Task Who_leaves_leaves_what_is_here()
    {
        var (here, elsewhere) = (new TestPromise(_content, isHere: true), new TestPromise(_content));
        await ApplyAsync(
            new([new(MediaTypes.Png, here), new("application/x-elsewhere", elsewhere)], Sensitivity.Normal)
        );
        APersonWaits();
        await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");
        var there = await _peer.ReadAsync();
        Same(_content, there.Single(one => one.Format == "PNG").Bytes);
        Assert.DoesNotContain(there, one => one.Format == "application/x-elsewhere");
        Assert.Empty(elsewhere.Opened);
    }

    [Fact]
    public async Task What_is_all_elsewhere_leaves_nothing()
    {
        var promise = await AnnounceAsync(_content);
        APersonWaits();
        await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");
        Assert.Empty(await _peer.FormatsAsync());
        Assert.Empty(promise.Opened);
    }

    /// <summary>What a killed agent had announced went with it; its mark did not.</summary>
    [Fact]
    public async Task The_mark_of_an_earlier_run_alone_is_no_content()
    {
        await _peer.CopyAsync((MediaTypes.Origin, origin));
        Assert.Null(await Watchdog.Within(_clipboard.ReadAsync(CancellationToken.None), "a read"));
    }

    private static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Memory of Windows may be longer than what was put in it.</summary>
    private static void Same(byte[] expected, byte[] pasted)
    {
        Assert.InRange(pasted.Length, expected.Length, expected.Length + 16);
        Assert.True(pasted.AsSpan(0, expected.Length).SequenceEqual(expected), "the paste differs");
    }

    /// <summary>Longer than any program does that reads what appears.</summary>
    private void APersonWaits() => _time.Advance(PasteJudge.Reflex * 2);

    private static Task OpenedAsync(TestPromise promise, int times) =>
        Testing.Programs.Eventually.HoldsAsync(
            "a program to paste",
            () => Task.FromResult(promise.Opened.Count == times)
        );

    private async Task<TestPromise> AnnounceAsync(byte[] content, string mediaType = MediaTypes.Png)
    {
        var promise = new TestPromise(content);
        await AnnounceAsync(promise, mediaType);
        return promise;
    }

    private async Task AnnounceAsync(IPromise promise, string mediaType) =>
        Assert.Equal(
            ApplyOutcome.Applied,
            await ApplyAsync(new ClipContent([new(mediaType, promise)], Sensitivity.Normal))
        );

    private Task<ApplyOutcome> ApplyAsync(ClipContent content) =>
        Watchdog.Within(
            _clipboard.ApplyAsync(content, origin, CancellationToken.None),
            "the clipboard to take content"
        );

    private sealed class HugePromise : IPromise
    {
        public List<PasteRefusal> Refusals { get; } = [];

        public long? Size => PromisedFormats.MostBytes + 1;

        public BlobReference Blob => throw new NotSupportedException();

        public bool IsHere => true;

        public Stream Open(string? reader) => throw new NotSupportedException();

        public void Refused(string? reader, PasteRefusal why) => Refusals.Add(why);
    }
}
