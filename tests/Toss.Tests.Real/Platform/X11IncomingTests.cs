using System.Text;
using Toss.Core.Clips;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>What other programs put on the clipboard, as we read it.</summary>
public sealed class X11IncomingTests : X11TestDisplay
{
    [Fact]
    public async Task Text_copied_with_xsel_is_read()
    {
        await Programs.XselCopyAsync(Encoding.UTF8.GetBytes("from xsel \u2713"));
        Assert.Equal("from xsel \u2713", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task Every_format_of_one_copy_is_read_in_its_owners_order()
    {
        await OwnAsync(
            new()
            {
                ["image/png"] = ("image/png", [1, 2, 3]),
                ["text/html"] = ("text/html", "<i>x</i>"u8.ToArray()),
                ["UTF8_STRING"] = ("UTF8_STRING", "x"u8.ToArray()),
                ["application/x-whatever"] = ("application/x-whatever", [9]),
            }
        );
        var seen = await NextChangeAsync();
        Assert.Equal(
            [MediaTypes.Png, MediaTypes.Html, MediaTypes.Text],
            seen.Representations.Select(one => one.MediaType)
        );
        Assert.Empty(seen.Omitted);
    }

    [Fact]
    public async Task Latin_1_from_an_old_program_becomes_utf_8()
    {
        await OwnAsync(new() { ["STRING"] = ("STRING", Encoding.Latin1.GetBytes("caf\u00e9")) });
        Assert.Equal("caf\u00e9", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task Html_in_utf_16_becomes_utf_8()
    {
        await OwnAsync(
            new() { ["text/html"] = ("text/html", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("<b>\u00e9\u2713</b>")]) }
        );
        var html = Assert.Single((await NextChangeAsync()).Representations);
        Assert.Equal("<b>\u00e9\u2713</b>", Encoding.UTF8.GetString(html.Bytes.Span));
    }

    [Fact]
    public async Task The_program_that_copied_is_told()
    {
        await Programs.XclipCopyAsync("from xclip");
        Assert.Equal("xclip", (await NextChangeAsync()).Source);
    }

    [Fact]
    public async Task An_owner_of_ten_thousand_formats_is_read_all_the_same()
    {
        var content = X11Client.Text("among many");
        for (var i = 0; i < 10_000; i++)
        {
            content[$"application/x-many-{i}"] = ("application/x-many", [1]);
        }
        await OwnAsync(content);
        Assert.Equal("among many", TextOf(await NextChangeAsync()));
        await Programs.XclipCopyAsync("after it");
        await ChangeWithTextAsync("after it");
    }

    [Fact]
    public async Task An_owner_that_vanishes_in_the_middle_of_a_large_format_is_named_gone()
    {
        _ = Play(client =>
        {
            client.Take("CLIPBOARD");
            AnswerOnce(client, new() { ["image/png"] = ("image/png", []) });
            var asked = client.Next(Xlib.SelectionRequest, "the picture").As<XSelectionRequestEvent>();
            client.Connection.WriteLongs(asked.Requestor, asked.Property, client.Atom("INCR"), [1_000_000]);
            client.Notify(asked, true);
            // The first piece is asked for by deleting the property, and none ever comes.
        });
        var seen = await NextChangeAsync();
        Assert.Empty(seen.Representations);
        Assert.Equal(MediaTypes.Png, Assert.Single(seen.Omitted).MediaType);
        await Programs.XclipCopyAsync("after it");
        await ChangeWithTextAsync("after it");
    }

    [Fact]
    public async Task The_hint_of_a_password_program_is_seen()
    {
        var content = X11Client.Text("hunter2");
        content["x-kde-passwordManagerHint"] = ("x-kde-passwordManagerHint", "secret"u8.ToArray());
        await OwnAsync(content);
        var seen = await NextChangeAsync();
        Assert.True(seen.Concealed);
        Assert.Equal("hunter2", TextOf(seen));
    }

    [Fact]
    public async Task The_origin_of_another_toss_is_seen()
    {
        await using var other = new X11Clipboard(Server.Display, Quick);
        await Watchdog.Within(other.StartAsync(spool: null, CancellationToken.None), "the other clipboard to start");
        await Watchdog.Within(other.ApplyAsync(Text("theirs"), Origin, CancellationToken.None), "the other to apply");
        var seen = await NextChangeAsync();
        Assert.Equal("theirs", TextOf(seen));
        Assert.Equal(Origin, seen.Origin!.Value.ToArray());
    }

    [Fact]
    public async Task Text_that_is_not_utf_8_is_left_out()
    {
        await OwnAsync(
            new() { ["UTF8_STRING"] = ("UTF8_STRING", [0x61, 0xC3, 0x28]), ["image/png"] = ("image/png", [1]) }
        );
        var seen = await NextChangeAsync();
        Assert.Equal(new OmittedFormat(MediaTypes.Text, OmittedReason.Unreadable), Assert.Single(seen.Omitted));
        Assert.Equal(MediaTypes.Png, Assert.Single(seen.Representations).MediaType);
    }

    [Fact]
    public async Task An_owner_that_never_answers_is_given_up_and_named()
    {
        _ = Play(client =>
        {
            client.Take("CLIPBOARD");
            client.TryNext(_ => false, out var _);
        });
        var seen = await NextChangeAsync();
        Assert.Empty(seen.Representations);
        Assert.Equal(new OmittedFormat(MediaTypes.Text, OmittedReason.TimedOut), Assert.Single(seen.Omitted));
        // And nothing is blocked by it.
        await Programs.XclipCopyAsync("after it");
        Assert.Equal("after it", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task An_owner_that_never_ends_is_cut_at_the_limit()
    {
        _ = Play(client => PlayEndlessOwner(client));
        var seen = await NextChangeAsync();
        Assert.Equal(new OmittedFormat(MediaTypes.Png, OmittedReason.TooLarge), Assert.Single(seen.Omitted));
        Assert.Equal("the rest is read", TextOf(seen));
    }

    [Fact]
    public async Task An_owner_that_dies_while_we_read_is_named_gone()
    {
        _ = Play(client =>
        {
            client.Take("CLIPBOARD");
            AnswerOnce(client, new() { ["image/png"] = ("image/png", [1]), ["text/html"] = ("text/html", [2]) });
            client.Next(Xlib.SelectionRequest, "the next question");
            // Leaves without an answer: its connection closes.
        });
        var seen = await NextChangeAsync();
        Assert.Equal(
            [
                new OmittedFormat(MediaTypes.Png, OmittedReason.SourceGone),
                new OmittedFormat(MediaTypes.Html, OmittedReason.SourceGone),
            ],
            seen.Omitted
        );
    }

    [Fact]
    public async Task Of_two_hundred_rapid_copies_the_last_is_seen()
    {
        _ = Play(client =>
        {
            for (var i = 0; i < 200; i++)
            {
                client.Connection.SetOwner(client.Atom("CLIPBOARD"), client.Window, Xlib.CurrentTime);
                client.Connection.Flush();
            }
            client.Serve(X11Client.Text("the last"));
        });
        Assert.Equal("the last", TextOf(await NextChangeAsync()));
        await Programs.XclipCopyAsync("and one more");
        // Nothing of the overtaken ones comes late.
        Assert.Equal("and one more", TextOf(await NextChangeAsync()));
    }

    /// <summary>Xlib ends a program that writes to a window that is gone, unless it expects that.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_question_that_is_given_up_can_be_answered_all_the_same(bool inPieces)
    {
        var copied = Play(client =>
        {
            client.Take("CLIPBOARD");
            AnswerOnce(client, X11Client.Text("once"));
            var first = client.Next(Xlib.SelectionRequest, "the first text").As<XSelectionRequestEvent>();
            client.Connection.Watch(first.Requestor, true);
            if (inPieces)
            {
                client.Connection.WriteLongs(first.Requestor, first.Property, client.Atom("INCR"), [1_000_000]);
                client.Notify(first, true);
                client.TryNext(e => IsDeletion(e, first.Requestor), out var _);
            }
            client.Take("CLIPBOARD");
            var next = client.Next(Xlib.SelectionRequest, "the targets again").As<XSelectionRequestEvent>();
            if (inPieces)
            {
                client.Connection.WriteBytes(first.Requestor, first.Property, client.Atom("UTF8_STRING"), [(byte)'x']);
            }
            else
            {
                client.Answer(first, X11Client.Text("once"));
            }
            // And then it goes: what we ask with does not pile up.
            client.TryNext(e => IsEnd(e, first.Requestor), out var _);
            client.Answer(next, X11Client.Text("twice"));
            AnswerOnce(client, X11Client.Text("twice"));
            _ = client.Connection.GetOwner(client.Atom("CLIPBOARD"));
            var gone = new List<nint>();
            client.Connection.TakeVanished(gone);
            Assert.Empty(gone);
        });
        await ChangeWithTextAsync("twice");
        await copied;
    }

    [Fact]
    public async Task Of_many_programs_that_copy_in_turn_the_last_is_seen()
    {
        for (var i = 0; i < 40; i++)
        {
            await Programs.XclipCopyAsync($"copy {i}");
        }
        await ChangeWithTextAsync("copy 39");
        Assert.Equal("copy 39", TextOf(await Clipboard.ReadAsync(CancellationToken.None)));
    }

    [Fact]
    public async Task Primary_is_left_alone()
    {
        await ApplyAsync(Text("clipboard"));
        await Play(client =>
        {
            Assert.Equal(0, client.Connection.GetOwner(client.Atom("PRIMARY")));
            client.Take("PRIMARY");
        });
        await Programs.XclipCopyAsync("a copy");
        Assert.Equal("a copy", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task Nothing_wakes_an_idle_clipboard()
    {
        await Programs.XclipCopyAsync("before");
        await ChangeWithTextAsync("before");
        await ApplyAsync(Text("ours"));
        // Three seconds in which nothing happens are what is measured here.
        await Task.Delay(TimeSpan.FromSeconds(1));
        var before = Clipboard.Wakeups;
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.InRange(Clipboard.Wakeups - before, 0, 1);
    }

    private static bool IsDeletion(XEvent e, nint window) =>
        e.Type == Xlib.PropertyNotify
        && e.As<XPropertyEvent>() is { State: Xlib.PropertyDeleted } changed
        && changed.Window == window;

    private static bool IsEnd(XEvent e, nint window) =>
        e.Type == Xlib.DestroyNotify && e.As<XDestroyWindowEvent>().Window == window;

    private static void AnswerOnce(X11Client client, Dictionary<string, (string Type, byte[] Bytes)> content)
    {
        var received = client.Next(Xlib.SelectionRequest, "a question");
        client.Answer(received.As<XSelectionRequestEvent>(), content);
    }

    /// <summary>Offers an image by INCR that has no end, and text.</summary>
    private static void PlayEndlessOwner(X11Client client)
    {
        client.Take("CLIPBOARD");
        var piece = Noise(256 * 1024);
        var content = new Dictionary<string, (string Type, byte[] Bytes)>
        {
            ["image/png"] = ("image/png", []),
            ["UTF8_STRING"] = ("UTF8_STRING", "the rest is read"u8.ToArray()),
        };
        nint requestor = 0,
            property = 0;
        while (client.TryNext(_ => true, out var received))
        {
            switch (received.Type)
            {
                case Xlib.SelectionRequest
                    when received.As<XSelectionRequestEvent>().Target == client.Atom("image/png"):
                    var request = received.As<XSelectionRequestEvent>();
                    (requestor, property) = (request.Requestor, request.Property);
                    client.Connection.Watch(requestor, true);
                    client.Connection.WriteLongs(requestor, property, client.Atom("INCR"), [1]);
                    client.Notify(request, true);
                    break;
                case Xlib.SelectionRequest:
                    client.Answer(received.As<XSelectionRequestEvent>(), content);
                    break;
                case Xlib.PropertyNotify
                    when received.As<XPropertyEvent>().Window == requestor
                        && received.As<XPropertyEvent>().State == Xlib.PropertyDeleted:
                    client.Connection.WriteBytes(requestor, property, client.Atom("image/png"), piece);
                    break;
            }
        }
    }
}
