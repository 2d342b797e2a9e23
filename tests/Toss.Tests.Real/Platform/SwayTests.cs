using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>A compositor that is not ours, and programs that know nothing of us; with Xwayland beside it.</summary>
public sealed class SwayTests : IAsyncLifetime
{
    private static readonly byte[] Origin = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    private SwayDesktop _desktop = null!;
    private WaylandPrograms _programs = null!;
    private IClipboard _clipboard = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Watchdog.Within(_clipboard.DisposeAsync(), "the clipboard to stop");
        await _programs.DisposeAsync();
        await _desktop.DisposeAsync();
    }

    [Fact]
    public async Task Wl_paste_pastes_every_format()
    {
        await StartAsync();
        var png = Noise(20_000);
        await ApplyAsync(
            Content(
                (MediaTypes.Text, Encoding.UTF8.GetBytes("h\u00e9llo")),
                (MediaTypes.Html, "<b>h</b>"u8.ToArray()),
                (MediaTypes.Png, png)
            )
        );
        Assert.Equal(
            ["UTF8_STRING", MediaTypes.Text, "text/plain", "TEXT", "STRING", MediaTypes.Html, MediaTypes.Png],
            (await _programs.TypesAsync()).Take(7)
        );
        foreach (var type in (string[])["UTF8_STRING", MediaTypes.Text, "text/plain", "TEXT"])
        {
            Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(await _programs.PasteAsync(type)));
        }
        Assert.Equal("<b>h</b>"u8.ToArray(), await _programs.PasteAsync(MediaTypes.Html));
        Assert.Equal(png, await _programs.PasteAsync(MediaTypes.Png));
        Assert.Equal(Origin, await _programs.PasteAsync(MediaTypes.Origin));
    }

    [Fact]
    public async Task Sixty_four_mebibytes_go_both_ways()
    {
        await StartAsync();
        var largest = Noise((int)Limits.CopiedContent);
        await _programs.CopyAsync(largest, MediaTypes.Png);
        var seen = Assert.Single((await NextChangeAsync()).Representations);
        Assert.True(seen.Bytes.Span.SequenceEqual(largest), "what was copied differs");
        largest[^1] ^= 1;
        await ApplyAsync(Content((MediaTypes.Png, largest)));
        var pastes = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => _programs.PasteAsync(MediaTypes.Png)));
        Assert.All(pastes, paste => Assert.True(paste.AsSpan().SequenceEqual(largest), "a paste differs"));
    }

    [Fact]
    public async Task Content_is_offered_again_when_sway_is_back()
    {
        await StartAsync();
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Content((MediaTypes.Text, "survives"u8.ToArray())));
        await _desktop.KillAsync();
        await StateAsync(ClipboardState.Lost);
        await _desktop.StartAsync();
        await StateAsync(ClipboardState.Listening);
        Assert.Equal("survives"u8.ToArray(), await _programs.PasteAsync("text/plain"));
        await _programs.CopyAsync("events work again");
        Assert.Equal("events work again", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task A_clipboard_whose_owner_is_killed_is_empty()
    {
        await StartAsync();
        var owner = await _programs.OwnAsync("short-lived"u8.ToArray(), MediaTypes.Text);
        Assert.Equal("short-lived", TextOf(await NextChangeAsync()));
        owner.Kill();
        await Testing.Programs.Eventually.HoldsAsync(
            "the clipboard to be empty",
            async () => await _clipboard.ReadAsync(CancellationToken.None) is null
        );
    }

    [Fact]
    public async Task Nothing_wakes_an_idle_clipboard()
    {
        await StartAsync();
        await _programs.CopyAsync("before");
        await NextChangeAsync();
        await ApplyAsync(Content((MediaTypes.Text, "ours"u8.ToArray())));
        var clipboard = Assert.IsType<WaylandClipboard>(_clipboard);
        // Seconds in which nothing happens are what is measured here.
        await Task.Delay(TimeSpan.FromSeconds(1));
        var before = clipboard.Wakeups;
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.InRange(clipboard.Wakeups - before, 0, 1);
    }

    /// <summary>
    /// Sway mirrors between Wayland and X. We are on one side only: what we apply is on both and comes back from neither,
    /// and what a program of X copies comes once.
    /// </summary>
    [Fact]
    public async Task Beside_Xwayland_nothing_echoes_and_copies_of_X_programs_come_once()
    {
        await StartAsync(withX: true);
        Assert.Equal(WaylandClipboard.Name, _clipboard.Backend);
        await using var programs = _desktop.XPrograms();
        // Sway lets programs of X read only while a window of theirs has the focus.
        await using var window = await _desktop.OpenXWindowAsync();
        for (var i = 0; i < 5; i++)
        {
            await ApplyAsync(Content((MediaTypes.Text, Encoding.UTF8.GetBytes($"ours {i}"))));
            Assert.Equal($"ours {i}", Encoding.UTF8.GetString(await programs.XclipPasteAsync("UTF8_STRING")));
            await programs.XclipCopyAsync($"of X {i}");
            // If what we applied came back, or a copy came twice, it would stand before this.
            var seen = await NextChangeAsync();
            Assert.Equal($"of X {i}", TextOf(seen));
            Assert.Null(seen.Origin);
        }
        var png = Noise(3_000_000);
        await programs.XclipCopyAsync(png, "image/png");
        Assert.True(Assert.Single((await NextChangeAsync()).Representations).Bytes.Span.SequenceEqual(png));
        await ApplyAsync(Content((MediaTypes.Png, png)));
        Assert.True((await programs.XclipPasteAsync("image/png")).AsSpan().SequenceEqual(png), "the paste differs");
        await _programs.CopyAsync("of Wayland");
        Assert.Equal("of Wayland", TextOf(await NextChangeAsync()));
        Assert.False(_clipboard.Changes.TryRead(out var _));
    }

    /// <summary>As chosen by the selector, from what a program of that session has in its environment.</summary>
    private async Task StartAsync(bool withX = false)
    {
        _desktop = await SwayDesktop.StartAsync(withX);
        _programs = new WaylandPrograms(_desktop.RuntimeFolder, _desktop.Display);
        var choice = ClipboardSelector.Select(
            name =>
                name switch
                {
                    "XDG_RUNTIME_DIR" => _desktop.RuntimeFolder,
                    "WAYLAND_DISPLAY" => _desktop.Display,
                    "DISPLAY" => _desktop.XDisplay,
                    _ => null,
                },
            headless: false
        );
        _clipboard = choice.Clipboard;
        Assert.Null(choice.Notice);
        await Watchdog.Within(_clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
    }

    private async Task ApplyAsync(ClipContent content) =>
        Assert.Equal(
            ApplyOutcome.Applied,
            await Watchdog.Within(
                _clipboard.ApplyAsync(content, Origin, CancellationToken.None),
                "the clipboard to take content"
            )
        );

    private Task<Snapshot> NextChangeAsync() =>
        Watchdog.Within(_clipboard.Changes.ReadAsync(), "the clipboard to report a copy");

    private async Task StateAsync(ClipboardState state)
    {
        while (await Watchdog.Within(_clipboard.States.ReadAsync(), $"the state {state}") != state) { }
    }

    private static ClipContent Content(params (string Type, byte[] Bytes)[] representations) =>
        new([.. representations.Select(one => new ContentRepresentation(one.Type, one.Bytes))], Sensitivity.Normal);

    private static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    private static string? TextOf(Snapshot? snapshot) =>
        snapshot?.Representations.FirstOrDefault(one => one.MediaType == MediaTypes.Text) is { } text
            ? Encoding.UTF8.GetString(text.Bytes.Span)
            : null;
}
