using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Platform.Native;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Toss.Testing.Programs;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.Wayland;

/// <summary>What other programs put on the selection, as we read it.</summary>
public sealed class OfferReadTests : FakeDesktop
{
    private readonly List<int> _kept = [];

    [Fact]
    public async Task Every_format_of_one_copy_is_read_in_its_owners_order()
    {
        Compositor.Copy(
            ("image/png", [1, 2, 3]),
            ("application/x-whatever", [9]),
            ("text/html", "<i>x</i>"u8.ToArray()),
            ("UTF8_STRING", "x"u8.ToArray()),
            ("text/plain;charset=utf-8", "x"u8.ToArray())
        );
        var seen = await NextChangeAsync();
        Assert.Equal(
            [MediaTypes.Png, MediaTypes.Html, MediaTypes.Text],
            seen.Representations.Select(one => one.MediaType)
        );
        Assert.Empty(seen.Omitted);
        Assert.Null(seen.Origin);
    }

    [Theory]
    [InlineData("UTF8_STRING", false)]
    [InlineData("text/plain", false)]
    [InlineData("text/plain", true)]
    [InlineData("STRING", false)]
    [InlineData("STRING", true)]
    public async Task Text_is_read_under_each_of_its_names(string type, bool latin1)
    {
        Compositor.Copy((type, (latin1 ? Encoding.Latin1 : Encoding.UTF8).GetBytes("caf\u00e9")));
        Assert.Equal("caf\u00e9", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task The_hint_of_a_password_program_and_the_origin_of_another_toss_are_seen()
    {
        Compositor.Copy(
            (MediaTypes.Text, "hunter2"u8.ToArray()),
            ("x-kde-passwordManagerHint", "secret"u8.ToArray()),
            (MediaTypes.Origin, Origin)
        );
        var seen = await NextChangeAsync();
        Assert.True(seen.Concealed);
        Assert.Equal(Origin, seen.Origin!.Value.ToArray());
        Assert.Equal("hunter2", TextOf(seen));
    }

    [Fact]
    public async Task What_was_there_at_the_start_is_no_change_but_can_be_read()
    {
        await using var compositor = FakeCompositor.Start();
        compositor.Copy((MediaTypes.Text, "before"u8.ToArray()));
        await using var late = new WaylandClipboard(compositor.Path, Quick);
        await Watchdog.Within(late.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
        Assert.Equal("before", TextOf(await Watchdog.Within(late.ReadAsync(CancellationToken.None), "a read")));
        compositor.Copy((MediaTypes.Text, "after"u8.ToArray()));
        Assert.Equal("after", TextOf(await Watchdog.Within(late.Changes.ReadAsync(), "a change")));
    }

    [Fact]
    public async Task An_owner_that_never_answers_is_given_up_and_named()
    {
        Compositor.Serve = Keep;
        Compositor.Copy((MediaTypes.Png, [1]), (MediaTypes.Text, [2]));
        var seen = await NextChangeAsync();
        Assert.Equal(
            [
                new OmittedFormat(MediaTypes.Png, OmittedReason.TimedOut),
                new OmittedFormat(MediaTypes.Text, OmittedReason.TimedOut),
            ],
            seen.Omitted
        );
        Assert.Empty(seen.Representations);
        Compositor.Serve = null;
        await StillListensAsync("after it");
    }

    [Fact]
    public async Task An_owner_that_never_ends_is_cut_at_the_limit_and_the_rest_is_read()
    {
        Compositor.Serve = (type, descriptor) =>
        {
            if (type != MediaTypes.Png)
            {
                return false;
            }
            var piece = Noise(1024 * 1024);
            _ = Task.Run(() =>
            {
                using var pipe = new FileStream(
                    new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, true),
                    FileAccess.Write,
                    0
                );
                // Ends when the reader closes, with an exception that nobody looks at.
                while (true)
                {
                    pipe.Write(piece);
                }
            });
            return true;
        };
        Compositor.Copy((MediaTypes.Png, []), (MediaTypes.Text, "the rest is read"u8.ToArray()));
        var seen = await NextChangeAsync();
        Assert.Equal(new OmittedFormat(MediaTypes.Png, OmittedReason.TooLarge), Assert.Single(seen.Omitted));
        Assert.Equal("the rest is read", TextOf(seen));
    }

    [Fact]
    public async Task What_just_fits_is_read_whole()
    {
        var largest = Noise((int)Limits.CopiedContent);
        Compositor.Copy((MediaTypes.Png, largest));
        var seen = await NextChangeAsync();
        Assert.True(Assert.Single(seen.Representations).Bytes.Span.SequenceEqual(largest), "the image differs");
    }

    [Fact]
    public async Task A_copy_is_not_taken_for_whole_when_its_owner_died_half_way()
    {
        var died = false;
        Compositor.Serve = (type, descriptor) =>
        {
            if (type == MediaTypes.Text)
            {
                return false;
            }
            // As a program that is killed: half of it, and the end of the pipe.
            FakeConnection.Write(descriptor, [1, 2]);
            died = true;
            return true;
        };
        Compositor.Intercept = (_, request) =>
        {
            // The compositor finds out later: when it is asked, if not by itself.
            if (died && request is { Kind: "wl_display", Opcode: WaylandProtocol.DisplaySync })
            {
                died = false;
                Compositor.Select(null);
            }
            return false;
        };
        Compositor.Copy((MediaTypes.Text, "whole"u8.ToArray()), (MediaTypes.Png, [1, 2, 3, 4]), (MediaTypes.Html, [5]));
        var seen = await NextChangeAsync();
        Assert.Equal("whole", TextOf(seen));
        Assert.Single(seen.Representations);
        Assert.Equal(
            [
                new OmittedFormat(MediaTypes.Png, OmittedReason.SourceGone),
                new OmittedFormat(MediaTypes.Html, OmittedReason.SourceGone),
            ],
            seen.Omitted
        );
        Assert.Null(await ReadAsync());
    }

    [Fact]
    public async Task Text_that_is_not_utf_8_is_left_out()
    {
        Compositor.Copy(("UTF8_STRING", [0x61, 0xC3, 0x28]), (MediaTypes.Png, [1]));
        var seen = await NextChangeAsync();
        Assert.Equal(new OmittedFormat(MediaTypes.Text, OmittedReason.Unreadable), Assert.Single(seen.Omitted));
        Assert.Equal(MediaTypes.Png, Assert.Single(seen.Representations).MediaType);
    }

    [Fact]
    public async Task Of_two_hundred_rapid_copies_the_last_is_seen()
    {
        for (var i = 0; i < 200; i++)
        {
            Copy($"copy {i}");
        }
        while (TextOf(await NextChangeAsync()) != "copy 199") { }
        Copy("and one more");
        // Nothing of the overtaken ones comes late.
        Assert.Equal("and one more", TextOf(await NextChangeAsync()));
        var connection = await Compositor.ConnectionAsync();
        await ReadAsync();
        lock (Compositor.Guard)
        {
            Assert.Equal(1, connection.LiveOffers);
        }
    }

    [Fact]
    public async Task The_primary_selection_is_never_read_and_its_offers_are_destroyed()
    {
        var asked = new List<string>();
        Compositor.Serve = (type, _) =>
        {
            asked.Add(type);
            return false;
        };
        for (var i = 0; i < 20; i++)
        {
            Compositor.CopyPrimary("text/plain;charset=utf-8");
        }
        Copy("a copy");
        Assert.Equal("a copy", TextOf(await NextChangeAsync()));
        Compositor.CopyPrimary(MediaTypes.Html);
        await ApplyAsync(Text("ours"));
        var connection = await Compositor.ConnectionAsync();
        // What was offered last may still be on its way back.
        await Eventually.HoldsAsync("one offer to be left", () => Task.FromResult(LiveOffers() == 1));
        lock (Compositor.Guard)
        {
            Assert.Equal([MediaTypes.Text], asked);
            Assert.Equal(0, Compositor.PrimaryRequests);
        }

        int LiveOffers()
        {
            lock (Compositor.Guard)
            {
                return connection.LiveOffers;
            }
        }
    }

    [Fact]
    public async Task Ten_thousand_types_cost_nothing_and_the_first_ones_are_read()
    {
        var types = Enumerable.Range(0, 10_000).Select(i => ($"application/x-{i}", Array.Empty<byte>()));
        Compositor.Copy([(MediaTypes.Text, "first"u8.ToArray()), .. types]);
        Assert.Equal("first", TextOf(await NextChangeAsync()));
        Compositor.Copy([.. types, (MediaTypes.Text, "last"u8.ToArray())]);
        var seen = await NextChangeAsync();
        Assert.Empty(seen.Representations);
        await StillListensAsync("after it");
    }

    [Fact]
    public async Task A_read_that_somebody_waits_for_ends_with_the_newest_copy()
    {
        Compositor.Serve = Keep;
        Copy("never served");
        var read = Clipboard.ReadAsync(CancellationToken.None).AsTask();
        await WaitForAsync(() => _kept.Count > 0, "the first copy to be asked for");
        Compositor.Serve = null;
        Copy("newer");
        Assert.Equal("newer", TextOf(await Watchdog.Within(read, "the read")));
        Assert.Equal("newer", TextOf(await NextChangeAsync()));
    }

    [Fact]
    public async Task While_a_copy_is_read_the_clipboard_is_its_owners()
    {
        Compositor.Serve = Keep;
        Copy("the user's");
        await WaitForAsync(() => _kept.Count > 0, "the copy to be asked for");
        Assert.Equal(ApplyOutcome.Overtaken, await ApplyAsync(Text("from another device")));
        Assert.Null(Compositor.Selection!.Owner);
    }

    [Fact]
    public async Task Nothing_wakes_an_idle_clipboard()
    {
        await StillListensAsync("before");
        await ApplyAsync(Text("ours"));
        // Seconds in which nothing happens are what is measured here.
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        var before = Clipboard.Wakeups;
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.Equal(before, Clipboard.Wakeups);
    }

    /// <summary>Takes the descriptor and neither writes nor closes.</summary>
    private bool Keep(string type, int descriptor)
    {
        _kept.Add(descriptor);
        return true;
    }

    private Task WaitForAsync(Func<bool> holds, string what) =>
        Testing.Programs.Eventually.HoldsAsync(
            what,
            () =>
            {
                lock (Compositor.Guard)
                {
                    return Task.FromResult(holds());
                }
            }
        );

    protected override ValueTask TearDownAsync()
    {
        _kept.ForEach(descriptor => _ = Libc.Close(descriptor));
        return ValueTask.CompletedTask;
    }
}
