using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Wayland;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.Wayland;

/// <summary>What we put on the selection, as other programs see it.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class SourceOwnerTests : FakeDesktop
{
    [Fact]
    public async Task Every_type_is_offered_and_served()
    {
        var png = Noise(20_000);
        await ApplyAsync(
            Content(
                (MediaTypes.Text, Encoding.UTF8.GetBytes("h\u00e9llo")),
                (MediaTypes.Html, "<b>h</b>"u8.ToArray()),
                (MediaTypes.Png, png)
            )
        );
        Assert.Equal(
            [
                "UTF8_STRING",
                "text/plain;charset=utf-8",
                "text/plain",
                "TEXT",
                "STRING",
                "text/html",
                "image/png",
                MediaTypes.Origin,
            ],
            Compositor.Selection!.Types.SkipLast(1)
        );
        Assert.StartsWith("application/x-toss-own-", Compositor.Selection.Types[^1], StringComparison.Ordinal);
        foreach (var type in (string[])["UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT"])
        {
            Assert.Equal("h\u00e9llo", Encoding.UTF8.GetString(await Compositor.PasteAsync(type)));
        }
        Assert.Equal("h\u00e9llo", Encoding.Latin1.GetString(await Compositor.PasteAsync("STRING")));
        Assert.Equal(png, await Compositor.PasteAsync("image/png"));
        Assert.Equal(Origin, await Compositor.PasteAsync(MediaTypes.Origin));
        Assert.Empty(await Compositor.PasteAsync("image/gif"));
    }

    [Fact]
    public async Task A_secret_carries_the_hint()
    {
        await ApplyAsync(Text("hunter2") with { Sensitivity = Sensitivity.Secret });
        Assert.Equal("secret"u8.ToArray(), await Compositor.PasteAsync("x-kde-passwordManagerHint"));
    }

    [Fact]
    public async Task Sources_and_ids_do_not_pile_up()
    {
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(Text($"write {i}")));
        }
        // A round trip more, so that what the last write replaced is gone as well.
        await StillListensAsync("the user's");
        await ReadAsync();
        var connection = await Compositor.ConnectionAsync();
        lock (Compositor.Guard)
        {
            Assert.Equal(0, connection.LiveSources);
            Assert.InRange(connection.HighestId, 5u, 15u);
        }
    }

    [Fact]
    public async Task Readers_that_leave_early_stall_or_come_many_at_once_disturb_nobody()
    {
        var png = Noise(3_000_000);
        await ApplyAsync(Content((MediaTypes.Png, png)));
        await using var stalled = Compositor.BeginPaste(MediaTypes.Png);
        var early = Compositor.BeginPaste(MediaTypes.Png);
        Assert.Equal(10, await early.ReadAtLeastAsync(new byte[10], 10));
        await early.DisposeAsync();
        var pastes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Compositor.PasteAsync(MediaTypes.Png)));
        Assert.All(pastes, paste => Assert.True(paste.AsSpan().SequenceEqual(png), "a paste differs"));
    }

    [Fact]
    public async Task A_reader_that_never_reads_is_given_up()
    {
        await ApplyAsync(Content((MediaTypes.Png, Noise(3_000_000))));
        await using var stalled = Compositor.BeginPaste(MediaTypes.Png);
        await WakeupsRestAsync();
        // What the pipe held is there, and then its end: not all of it.
        var rest = new MemoryStream();
        await Watchdog.Within(stalled.CopyToAsync(rest), "the end of a pipe that was given up");
        Assert.InRange(rest.Length, 1, 1_000_000);
    }

    [Fact]
    public async Task More_readers_than_there_is_room_for_push_out_those_that_stand_still()
    {
        await ApplyAsync(Content((MediaTypes.Png, Noise(300_000))));
        var stalled = Enumerable
            .Range(0, OutgoingPipes.Capacity)
            .Select(_ => Compositor.BeginPaste(MediaTypes.Png))
            .ToList();
        Assert.Equal(300_000, (await Compositor.PasteAsync(MediaTypes.Png)).Length);
        foreach (var pipe in stalled)
        {
            await pipe.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_paste_goes_on_with_its_own_bytes_when_the_clipboard_changes()
    {
        var first = Noise(1_500_000);
        await ApplyAsync(Content((MediaTypes.Png, first)));
        await using var paste = Compositor.BeginPaste(MediaTypes.Png);
        var received = new byte[first.Length];
        await paste.ReadExactlyAsync(received.AsMemory(0, 1000));
        await ApplyAsync(Text("something else"));
        await StillListensAsync("and the user's");
        await Watchdog.Within(paste.ReadExactlyAsync(received.AsMemory(1000)), "the rest of the paste");
        Assert.True(received.AsSpan().SequenceEqual(first), "the paste differs");
        Assert.Equal(0, await paste.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task Sixty_four_mebibytes_reach_many_readers_without_a_copy_for_each()
    {
        var largest = Noise((int)Limits.CopiedContent);
        await ApplyAsync(Content((MediaTypes.Png, largest)));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await using var paste = Compositor.BeginPaste(MediaTypes.Png);
            var buffer = new byte[256 * 1024];
            long at = 0;
            for (int count; (count = await paste.ReadAsync(buffer)) > 0; at += count)
            {
                Assert.True(largest.AsSpan((int)at, count).SequenceEqual(buffer.AsSpan(0, count)), $"differs at {at}");
            }
            Assert.Equal(largest.Length, at);
        }
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 * 1024 * 1024);
    }

    [Fact]
    public async Task Another_toss_on_the_same_desktop_is_not_taken_for_us()
    {
        await using var other = new WaylandClipboard(Compositor.Path, Quick);
        await Watchdog.Within(other.StartAsync(spool: null, CancellationToken.None), "the other clipboard to start");
        await ApplyAsync(Text("ours"));
        var seen = await Watchdog.Within(other.Changes.ReadAsync(), "the other to see it");
        Assert.Equal("ours", TextOf(seen));
        Assert.Equal(Origin, seen.Origin!.Value.ToArray());
        await Watchdog.Within(other.ApplyAsync(Text("theirs"), Origin, CancellationToken.None), "the other to apply");
        Assert.Equal("theirs", TextOf(await NextChangeAsync()));
        Assert.False(other.Changes.TryRead(out var _));
    }

    [Fact]
    public async Task A_selection_that_is_cancelled_at_once_is_overtaken()
    {
        Compositor.Intercept = (connection, request) =>
        {
            if (request is not { Kind: "device", Opcode: WaylandProtocol.DeviceSetSelection })
            {
                return false;
            }
            connection.Event(
                BitConverter.ToUInt32(request.Arguments),
                WaylandProtocol.SourceCancelled,
                nothing => nothing
            );
            return true;
        };
        Assert.Equal(ApplyOutcome.Overtaken, await ApplyAsync(Text("too late")));
        Compositor.Intercept = null;
        Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(Text("in time")));
    }
}
