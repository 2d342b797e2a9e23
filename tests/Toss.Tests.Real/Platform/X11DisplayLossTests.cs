using System.Text;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>The display goes, comes back, was never there, or hangs.</summary>
public sealed class X11DisplayLossTests : X11TestDisplay
{
    [Fact]
    public async Task Content_is_offered_again_after_the_server_was_killed()
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("survives"));
        // Twice: what is set up once per process must hold for the second loss as well.
        for (var i = 0; i < 2; i++)
        {
            await RestartAsync();
            await StateAsync(ClipboardState.Listening);
            Assert.Equal("survives", Encoding.UTF8.GetString(await Programs.XclipPasteAsync("UTF8_STRING")));
        }
        await Programs.XclipCopyAsync("events work again");
        Assert.Equal("events work again", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task The_newest_content_given_while_the_display_was_away_is_offered()
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("old"));
        await Server.KillAsync();
        await StateAsync(ClipboardState.Lost);
        Assert.Equal(ClipboardState.Lost, Clipboard.State);
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("newer")));
        Assert.Equal(ApplyOutcome.Deferred, await ApplyAsync(Text("newest")));
        Assert.Null(await Watchdog.Within(Clipboard.ReadAsync(CancellationToken.None), "a read without a display"));
        Server = await XvfbServer.StartAsync(Server.Number);
        await StateAsync(ClipboardState.Listening);
        Assert.Equal("newest", Encoding.UTF8.GetString(await Programs.XclipPasteAsync("UTF8_STRING")));
    }

    [Fact]
    public async Task Content_that_had_lost_the_clipboard_is_not_offered_again()
    {
        await StateAsync(ClipboardState.Listening);
        await ApplyAsync(Text("ours"));
        await Programs.XclipCopyAsync("the user's");
        await ChangeWithTextAsync("the user's");
        await RestartAsync();
        await StateAsync(ClipboardState.Listening);
        Assert.Null(await Watchdog.Within(Clipboard.ReadAsync(CancellationToken.None), "a read"));
    }

    [Fact]
    public async Task The_server_dies_in_the_middle_of_transfers()
    {
        await StateAsync(ClipboardState.Listening);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Play(client =>
        {
            client.Take("CLIPBOARD");
            client.Next(Xlib.SelectionRequest, "a question");
            asked.SetResult();
            try
            {
                client.TryNext(_ => false, out var _);
            }
            catch (TimeoutException)
            {
                // Its display died as well.
            }
        });
        await Watchdog.Within(asked.Task, "a transfer to begin");
        var read = Clipboard.ReadAsync(CancellationToken.None);
        await Server.KillAsync();
        await Watchdog.Within(read, "a read whose display died");
        await StateAsync(ClipboardState.Lost);
        Server = await XvfbServer.StartAsync(Server.Number);
        await StateAsync(ClipboardState.Listening);
    }

    [Fact]
    public async Task A_display_that_comes_later_is_found()
    {
        var number = Server.Number;
        await Server.DisposeAsync();
        await using var early = new X11Clipboard($":{number}", Quick);
        await Watchdog.Within(early.StartAsync(spool: null, CancellationToken.None), "a start without a display");
        Assert.Equal(ClipboardState.Lost, early.State);
        Assert.Equal(
            ApplyOutcome.Deferred,
            await Watchdog.Within(early.ApplyAsync(Text("early"), Origin, CancellationToken.None), "an apply")
        );
        Server = await XvfbServer.StartAsync(number);
        while (await Watchdog.Within(early.States.ReadAsync(), "the display") != ClipboardState.Listening) { }
        Assert.Equal("early", Encoding.UTF8.GetString(await Programs.XclipPasteAsync("UTF8_STRING")));
    }

    [Fact]
    [Trait("Tier", "alone")]
    public async Task A_server_that_hangs_does_not_hold_up_our_exit()
    {
        await ApplyAsync(Text("x"));
        using (Server.Freeze())
        {
            var read = Clipboard.ReadAsync(CancellationToken.None).AsTask();
            var before = TimeProvider.System.GetTimestamp();
            await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
            Assert.InRange(TimeProvider.System.GetElapsedTime(before), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
    }

    private async Task RestartAsync()
    {
        await Server.KillAsync();
        await StateAsync(ClipboardState.Lost);
        Server = await XvfbServer.StartAsync(Server.Number);
    }
}
