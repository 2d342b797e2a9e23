using System.Text;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Xunit;

namespace Toss.Tests.Platform.Wayland;

/// <summary>The compositor goes, comes back, was never there, hangs; its seats come and go.</summary>
public sealed class WaylandLossTests : FakeDesktop
{
    [Fact]
    public async Task Content_is_offered_again_after_a_crash()
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("survives"));
        for (var i = 0; i < 2; i++)
        {
            await RestartAsync();
            Assert.Equal("survives", Encoding.UTF8.GetString(await Compositor.PasteAsync("text/plain")));
        }
        await StillListensAsync("events work again");
    }

    [Fact]
    public async Task The_newest_content_given_meanwhile_is_offered()
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("old"));
        Compositor.Crash();
        await StateAsync(ClipboardState.Lost);
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("newer")));
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("newest")));
        Assert.Null(await ReadAsync());
        Compositor.Listen();
        await StateAsync(ClipboardState.Listening);
        Assert.Equal("newest", Encoding.UTF8.GetString(await Compositor.PasteAsync("text/plain")));
    }

    [Fact]
    public async Task What_somebody_copied_meanwhile_stays_and_is_a_change()
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("ours"));
        Compositor.Crash();
        await StateAsync(ClipboardState.Lost);
        Copy("the user's");
        Compositor.Listen();
        Assert.Equal("the user's", TextOf(await NextChangeAsync()));
        Assert.Null(Compositor.Selection!.Owner);
    }

    [Fact]
    public async Task Content_that_had_lost_the_clipboard_is_not_offered_again()
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("ours"));
        await StillListensAsync("the user's");
        await RestartAsync();
        Assert.Null(await ReadAsync());
        Assert.Null(Compositor.Selection);
    }

    [Fact]
    public async Task A_compositor_that_comes_later_is_found()
    {
        await using var compositor = new FakeCompositor();
        await using var early = new WaylandClipboard(compositor.Path, Quick);
        await Watchdog.Within(early.StartAsync(spool: null, CancellationToken.None), "a start without a compositor");
        Assert.Equal(ClipboardState.Lost, early.State);
        await Watchdog.Within(early.ApplyAsync(Text("early"), Origin, CancellationToken.None), "an apply");
        compositor.Listen();
        while (await Watchdog.Within(early.States.ReadAsync(), "the compositor") != ClipboardState.Listening) { }
        Assert.Equal("early", Encoding.UTF8.GetString(await compositor.PasteAsync("text/plain")));
    }

    [Fact]
    public async Task A_compositor_without_data_control_is_said_to_be_one()
    {
        await using var compositor = new FakeCompositor();
        compositor.Managers.Clear();
        compositor.Listen();
        await using var clipboard = new WaylandClipboard(compositor.Path, Quick);
        var refusal = await Assert.ThrowsAsync<Toss.Platform.PlatformException>(() =>
            Watchdog.Within(clipboard.StartAsync(spool: null, CancellationToken.None), "a refusal")
        );
        Assert.Equal(Toss.Platform.PlatformFailure.UnsupportedDisplay, refusal.Failure);
    }

    [Theory]
    [InlineData(WaylandProtocol.WlrManager, 1)]
    [InlineData(WaylandProtocol.WlrManager, 2)]
    [InlineData(WaylandProtocol.WlrManager, 3)]
    [InlineData(WaylandProtocol.ExtManager, 2)]
    public async Task Each_interface_is_bound_at_a_version_that_both_know(string name, uint version)
    {
        await using var compositor = new FakeCompositor();
        compositor.Managers.Clear();
        compositor.Managers.Add((name, version));
        compositor.Listen();
        await using var clipboard = new WaylandClipboard(compositor.Path, Quick);
        await Watchdog.Within(clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
        await Watchdog.Within(clipboard.ApplyAsync(Text("x"), Origin, CancellationToken.None), "an apply");
        Assert.Equal("x"u8.ToArray(), await compositor.PasteAsync("text/plain"));
    }

    [Fact]
    public async Task Of_both_interfaces_ext_is_taken()
    {
        await using var compositor = new FakeCompositor();
        compositor.Managers.Insert(0, (WaylandProtocol.WlrManager, 2));
        var bound = new List<string>();
        compositor.Intercept = (_, request) =>
        {
            if (request.Kind == "registry")
            {
                bound.Add(Encoding.ASCII.GetString(request.Arguments));
            }
            return false;
        };
        compositor.Listen();
        await using var clipboard = new WaylandClipboard(compositor.Path, Quick);
        await Watchdog.Within(clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
        Assert.Contains(bound, one => one.Contains("ext_data_control", StringComparison.Ordinal));
        Assert.DoesNotContain(bound, one => one.Contains("wlr", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_seat_goes_the_next_one_gets_the_content(bool withFinished)
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("moves along"));
        Compositor.AddSeat();
        Compositor.RemoveSeat(Compositor.Seats[0], withFinished);
        await OwnsAsync();
        Assert.Equal("moves along"u8.ToArray(), await Compositor.PasteAsync("text/plain"));
        await StillListensAsync("on the second seat");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_seat_there_is_no_clipboard_until_one_comes(bool withFinished)
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("old"));
        Compositor.RemoveSeat(Compositor.Seats[0], withFinished);
        await StateAsync(ClipboardState.Lost);
        Assert.Null(await ReadAsync());
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("waits")));
        Compositor.AddSeat();
        await StateAsync(ClipboardState.Listening);
        await OwnsAsync();
        Assert.Equal("waits"u8.ToArray(), await Compositor.PasteAsync("text/plain"));
        await StillListensAsync("on the new seat");
    }

    [Fact]
    public async Task What_another_program_had_goes_with_the_seat()
    {
        await StillListensAsync("the user's");
        Compositor.RemoveSeat(Compositor.Seats[0], withFinished: true);
        Assert.True((await NextChangeAsync()).IsCleared);
        Assert.Null(await ReadAsync());
    }

    [Fact]
    public async Task What_waits_for_a_seat_can_be_cleared()
    {
        await StateAsync(ClipboardState.Listening);
        Compositor.RemoveSeat(Compositor.Seats[0], withFinished: true);
        await StateAsync(ClipboardState.Lost);
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("a secret")));
        await Watchdog.Within(Clipboard.ClearAsync(Origin, CancellationToken.None), "the clipboard to be cleared");
        Compositor.AddSeat();
        await StateAsync(ClipboardState.Listening);
        await ReadAsync();
        Assert.Null(Compositor.Selection);
    }

    [Fact]
    public async Task Another_seat_does_not_matter_while_ours_is_there()
    {
        await ApplyAsync(Text("ours"));
        var other = Compositor.AddSeat();
        Compositor.RemoveSeat(other, withFinished: false);
        Copy("still the first");
        Assert.Equal("still the first", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task A_compositor_that_hangs_is_lost_and_found_again()
    {
        await StateAsync(ClipboardState.Listening);
        Compositor.Intercept = (_, _) => true;
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("waits")));
        await StateAsync(ClipboardState.Lost);
        Compositor.Intercept = null;
        await StateAsync(ClipboardState.Listening);
        await OwnsAsync();
        Assert.Equal("waits"u8.ToArray(), await Compositor.PasteAsync("text/plain"));
    }

    [Fact]
    public async Task A_compositor_that_hangs_does_not_hold_up_our_exit()
    {
        Compositor.Intercept = (_, _) => true;
        _ = Clipboard.ApplyAsync(Text("x"), Origin, CancellationToken.None).AsTask();
        var before = TimeProvider.System.GetTimestamp();
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        Assert.InRange(TimeProvider.System.GetElapsedTime(before), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    /// <summary>At which request the compositor ends the connection: at every one of a start, a copy, an apply.</summary>
    [Fact]
    public async Task A_connection_may_end_at_any_step()
    {
        for (var step = 0; step < 40; step++)
        {
            Compositor.Clear();
            var left = step;
            Compositor.Intercept = (connection, _) =>
            {
                if (left-- != 0)
                {
                    return false;
                }
                connection.Close();
                return true;
            };
            await using var clipboard = new WaylandClipboard(Compositor.Path, Quick);
            await Watchdog.Within(
                clipboard.StartAsync(spool: null, CancellationToken.None),
                $"a start that fails at step {step}"
            );
            await Watchdog.Within(clipboard.ApplyAsync(Text($"{step}"), Origin, CancellationToken.None), "an apply");
            await OwnsAsync();
            Copy($"copy {step}");
            while (true)
            {
                // Nobody else looks at the first clipboard's changes; this one must come through in the end.
                var seen = await Watchdog.Within(clipboard.Changes.ReadAsync(), $"a copy in spite of step {step}");
                if (TextOf(seen) == $"copy {step}")
                {
                    break;
                }
            }
        }
    }

    private async Task RestartAsync()
    {
        Compositor.Crash();
        await StateAsync(ClipboardState.Lost);
        Compositor.Listen();
        await StateAsync(ClipboardState.Listening);
    }

    /// <summary>Waits until something of ours is on the selection.</summary>
    private Task OwnsAsync() =>
        Testing.Programs.Eventually.HoldsAsync(
            "our content on the selection",
            () =>
            {
                lock (Compositor.Guard)
                {
                    return Task.FromResult(Compositor.Selection?.Owner is not null);
                }
            }
        );
}
