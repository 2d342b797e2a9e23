using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>What we put on the clipboard, as other programs see it.</summary>
public sealed class X11OutgoingTests : X11TestDisplay
{
    [Fact]
    public async Task Xclip_and_xsel_paste_every_format()
    {
        var png = Noise(20_000);
        await ApplyAsync(
            Content(
                (MediaTypes.Text, Encoding.UTF8.GetBytes("h\u00e9llo")),
                (MediaTypes.Html, "<b>h</b>"u8.ToArray()),
                (MediaTypes.Png, png),
                ("application/x-other", [1, 0, 2])
            )
        );
        Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(await Programs.XclipPasteAsync("UTF8_STRING")));
        Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(await Programs.XclipPasteAsync("text/plain;charset=utf-8")));
        Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(await Programs.XclipPasteAsync("text/plain")));
        Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(await Programs.XclipPasteAsync("TEXT")));
        Assert.Equal("h\u00e9llo", Encoding.Latin1.GetString(await Programs.XclipPasteAsync("STRING")));
        Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(await Programs.XselPasteAsync()));
        Assert.Equal("<b>h</b>"u8.ToArray(), await Programs.XclipPasteAsync("text/html"));
        Assert.Equal(png, await Programs.XclipPasteAsync("image/png"));
        Assert.Equal([1, 0, 2], await Programs.XclipPasteAsync("application/x-other"));
        Assert.Equal(Origin, await Programs.XclipPasteAsync(MediaTypes.Origin));
    }

    [Fact]
    public async Task The_targets_are_all_named_and_no_other()
    {
        await ApplyAsync(Text("\u2713"));
        Assert.Equal(
            [
                "TARGETS",
                "TIMESTAMP",
                "MULTIPLE",
                "SAVE_TARGETS",
                "UTF8_STRING",
                "text/plain;charset=utf-8",
                "text/plain",
                "TEXT",
                // No STRING: a check mark is not in Latin-1.
                MediaTypes.Origin,
            ],
            await Programs.TargetsAsync()
        );
    }

    [Fact]
    public async Task Secret_content_carries_the_hint()
    {
        await ApplyAsync(Text("hunter2") with { Sensitivity = Sensitivity.Secret });
        Assert.Equal("secret"u8.ToArray(), await Programs.XclipPasteAsync("x-kde-passwordManagerHint"));
    }

    [Fact]
    public async Task Three_megabytes_reach_several_readers_at_once()
    {
        var png = Noise(3_000_000);
        await ApplyAsync(Content((MediaTypes.Png, png)));
        var pastes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Programs.XclipPasteAsync("image/png")));
        Assert.All(pastes, paste => Assert.True(paste.AsSpan().SequenceEqual(png), "a paste differs"));
    }

    [Fact]
    public async Task A_requestor_that_stalls_and_one_that_vanishes_disturb_nobody()
    {
        var png = Noise(3_000_000);
        await ApplyAsync(Content((MediaTypes.Png, png)));
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Play(client =>
        {
            client.Ask("image/png");
            Assert.Equal(client.Atom("INCR"), client.TypeOf("TEST_DATA"));
            stalled.SetResult();
            client.TryNext(_ => false, out var _);
        });
        await Watchdog.Within(stalled.Task, "a transfer to begin and stall");
        await Play(client =>
        {
            client.Ask("image/png");
            client.Connection.DeleteProperty(client.Window, client.Atom("TEST_DATA"));
            // One piece arrives, then the program ends.
            client.Next(Xlib.PropertyNotify, "the first piece");
        });
        Assert.True((await Programs.XclipPasteAsync("image/png")).AsSpan().SequenceEqual(png), "the paste differs");
    }

    [Fact]
    public async Task A_transfer_goes_on_with_its_own_bytes_when_the_clipboard_changes()
    {
        var first = Noise(1_500_000);
        await ApplyAsync(Content((MediaTypes.Png, first)));
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var changed = new ManualResetEventSlim();
        var received = new MemoryStream();
        var paste = Play(client =>
        {
            client.Ask("image/png");
            begun.SetResult();
            changed.Wait(Watchdog.Patience);
            client.ReceiveIncremental(received);
        });
        await Watchdog.Within(begun.Task, "a transfer to begin");
        await ApplyAsync(Text("something else"));
        changed.Set();
        await paste;
        Assert.True(received.ToArray().AsSpan().SequenceEqual(first), "the paste differs");
    }

    [Fact]
    public async Task Multiple_answers_each_pair_and_marks_those_it_refuses()
    {
        var png = Noise(600_000);
        await ApplyAsync(Content((MediaTypes.Text, "both"u8.ToArray()), (MediaTypes.Png, png)));
        var received = new MemoryStream();
        await Play(client =>
        {
            client.WriteLongs(
                "TEST_PAIRS",
                "ATOM_PAIR",
                client.Atom("UTF8_STRING"),
                client.Atom("P1"),
                client.Atom("image/gif"),
                client.Atom("P2"),
                client.Atom("image/png"),
                client.Atom("TEST_DATA")
            );
            Assert.Equal(client.Atom("TEST_PAIRS"), client.Ask("MULTIPLE", "TEST_PAIRS"));
            Assert.Equal(
                [
                    client.Atom("UTF8_STRING"),
                    client.Atom("P1"),
                    client.Atom("image/gif"),
                    0,
                    client.Atom("image/png"),
                    client.Atom("TEST_DATA"),
                ],
                client.ReadLongs("TEST_PAIRS")
            );
            Assert.Equal("both"u8.ToArray(), client.Read("P1"));
            client.ReceiveIncremental(received);
        });
        Assert.True(received.ToArray().AsSpan().SequenceEqual(png), "the image differs");
    }

    [Fact]
    public async Task Old_requestors_and_timestamps_are_served_and_requests_from_before_refused()
    {
        await ApplyAsync(Text("new"));
        await Play(client =>
        {
            // ICCCM §2.2: no property means the target's name.
            Assert.Equal(client.Atom("UTF8_STRING"), client.Ask("UTF8_STRING", ""));
            Assert.Equal("new"u8.ToArray(), client.Read("UTF8_STRING"));
            Assert.NotEqual(0, client.Ask("TIMESTAMP"));
            var since = Assert.Single(client.ReadLongs("TEST_DATA"));
            Assert.NotEqual(0, since);
            Assert.Equal(client.Atom("TEST_DATA"), client.Ask("UTF8_STRING", time: since));
            Assert.Equal(0, client.Ask("UTF8_STRING", time: since - 1));
            Assert.NotEqual(0, client.Ask("SAVE_TARGETS"));
            Assert.Equal(client.Atom("NULL"), client.TypeOf("TEST_DATA"));
            Assert.Equal(0, client.Ask("image/png"));
            Assert.Equal(0, client.Ask("MULTIPLE", ""));
        });
    }

    [Fact]
    public async Task A_copy_made_while_we_take_the_clipboard_is_kept()
    {
        // The reader is held up by an owner that does not answer: the agent cannot know of the copy yet.
        var owns = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Play(client =>
        {
            client.Take("CLIPBOARD");
            client.Next(Xlib.SelectionRequest, "a question");
            owns.SetResult();
            client.TryNext(_ => false, out var _);
        });
        await Watchdog.Within(owns.Task, "another program to own the clipboard");
        Assert.Equal(ApplyOutcome.Overtaken, await ApplyAsync(Text("from another device")));
        await Play(client => Assert.NotEqual(0, client.Connection.GetOwner(client.Atom("CLIPBOARD"))));
    }

    [Fact]
    public async Task At_exit_a_clipboard_manager_takes_over()
    {
        var content = Content((MediaTypes.Text, "kept"u8.ToArray()), (MediaTypes.Png, Noise(700_000)));
        var saved = new Dictionary<string, byte[]>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Play(client => PlayClipboardHost(client, saved, ready));
        await Watchdog.Within(ready.Task, "the clipboard manager");
        await ApplyAsync(content);
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        await asked;
        Assert.Equal("kept"u8.ToArray(), saved["UTF8_STRING"]);
        Assert.True(saved["image/png"].AsSpan().SequenceEqual(content.Representations[1].Bytes.Span), "image differs");
        Assert.DoesNotContain("image/gif", saved.Keys);
    }

    [Fact]
    public async Task At_exit_a_secret_is_not_handed_over()
    {
        var saved = new Dictionary<string, byte[]>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Play(client => PlayClipboardHost(client, saved, ready));
        await Watchdog.Within(ready.Task, "the clipboard manager");
        await ApplyAsync(Text("hunter2") with { Sensitivity = Sensitivity.Secret });
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        Assert.Empty(saved);
    }

    [Fact]
    [Trait("Tier", "alone")]
    public async Task At_exit_a_clipboard_manager_that_does_nothing_is_not_waited_for_long()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Play(client =>
        {
            client.Take("CLIPBOARD_MANAGER");
            ready.SetResult();
            client.TryNext(_ => false, out var _);
        });
        await Watchdog.Within(ready.Task, "the clipboard manager");
        await ApplyAsync(Text("kept by nobody"));
        var before = TimeProvider.System.GetTimestamp();
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        var took = TimeProvider.System.GetElapsedTime(before);
        Assert.InRange(
            took,
            ClipboardTiming.Default.HandOver * 0.9,
            ClipboardTiming.Default.HandOver + TimeSpan.FromSeconds(2)
        );
    }

    /// <summary>As a clipboard manager does: asks for all that is to be saved, answers, and owns the clipboard then.</summary>
    private static void PlayClipboardHost(
        X11Client client,
        Dictionary<string, byte[]> saved,
        TaskCompletionSource ready
    )
    {
        client.Take("CLIPBOARD_MANAGER");
        ready.SetResult();
        var received = client.Next(Xlib.SelectionRequest, "a request to save");
        var request = received.As<XSelectionRequestEvent>();
        Assert.Equal(client.Atom("SAVE_TARGETS"), request.Target);
        var list = client.Connection.ReadProperty(request.Requestor, request.Property, 4096);
        Assert.Equal(client.Atom("ATOM"), list.Type);
        var targets = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, nint>(list.Bytes).ToArray();
        foreach (var target in (string[])["UTF8_STRING", "image/png", "image/gif"])
        {
            if (!targets.Contains(client.Atom(target)))
            {
                continue;
            }
            Assert.NotEqual(0, client.Ask(target));
            if (client.TypeOf("TEST_DATA") == client.Atom("INCR"))
            {
                var pieces = new MemoryStream();
                client.ReceiveIncremental(pieces);
                saved[target] = pieces.ToArray();
            }
            else
            {
                saved[target] = client.Read("TEST_DATA");
            }
        }
        client.Connection.WriteBytes(request.Requestor, request.Property, client.Atom("NULL"), []);
        client.Notify(request, true);
        client.Take("CLIPBOARD");
    }
}
