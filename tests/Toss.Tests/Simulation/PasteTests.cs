using Toss.Control;
using Toss.Testing.Agents;
using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Content above the limits is announced, and comes when somebody pastes.</summary>
public sealed class PasteTests
{
    private const string Type = "application/octet-stream";
    private const int Size = 12 * 1024 * 1024;

    /// <summary>What goes beside content in a minute: envelopes, receipts, keeping links.</summary>
    private const long Beside = 64 * 1024;

    private static readonly byte[] s_content = TestContent.Noise(Size);

    [Fact]
    public void Nothing_comes_before_a_paste_and_all_of_it_then()
    {
        var (world, a, b) = Linked();
        var before = world.Net.DatagramBytes("a", "b");
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));

        Assert.InRange(world.Net.DatagramBytes("a", "b") - before, 0, Beside);
        Assert.Equal("offered", StateOf(b));
        Assert.Equal(1, b.Clipboard!.Writes);
        Assert.Empty(b.Blobs.Ids);
        Assert.DoesNotContain(a.Pending.Values, count => count > 0);

        Assert.Equal(s_content, Paste(b, Type));
        Assert.Equal("complete", StateOf(b));
        world.Scheduler.RunUntil(() => StateAt(a) == "applied", TimeSpan.FromSeconds(10), "A to hear of the paste");
        // It is not put there again: whoever pastes has it in hand.
        Assert.Equal(1, b.Clipboard.Writes);

        var notes = b.Call(control => control.GetTraceAsync(1, default))!
            .Single()
            .Stages.Where(stage => stage.Name == "Paste")
            .Select(stage => stage.Note);
        Assert.Equal(["to toss paste, fetched", "to toss paste: all bytes"], notes);

        var sent = world.Net.DatagramBytes("a", "b");
        Assert.Equal(s_content, Paste(b, Type));
        Assert.InRange(world.Net.DatagramBytes("a", "b") - sent, 0, Beside);
    }

    [Fact]
    public void What_is_small_comes_at_once_and_metered_nothing_does()
    {
        var (world, a, b) = Linked();
        var text = Large(3_000_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(10), "B to have it");

        b.Call(control => control.SetConfigAsync("metered", "on", default));
        var other = Large(3_000_002);
        Copy(a, other);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        Assert.Equal(other, System.Text.Encoding.UTF8.GetString(Paste(b)!));
    }

    /// <summary>Who copied leaves: whoever pastes hears whose copy it is, and what was wanted comes when that device is back.</summary>
    [Fact]
    public void Whose_copy_is_needed_is_said_and_it_comes_when_that_device_is_back()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        a.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));

        var failure = Assert.Throws<ControlException>(() => Paste(b, Type));
        Assert.Contains("waits for a", failure.Message, StringComparison.Ordinal);
        Assert.Equal("incomplete", StateOf(b));
        world.Scheduler.RunFor(TimeSpan.FromSeconds(2));
        var waits = Assert.Single(b.Call(control => control.GetStatusAsync(default))!.Transfers);
        Assert.Equal(("waiting", "waits for a"), (waits.State, waits.Why));

        a.Start();
        world.Scheduler.RunUntil(() => StateOf(b) == "complete", TimeSpan.FromMinutes(10), "the wanted content");
        Assert.Equal(s_content, Paste(b, Type));
    }

    /// <summary>A third device that has it serves when its origin is gone.</summary>
    [Fact]
    public void It_comes_from_whoever_has_it()
    {
        var world = new SimWorld(5) { HasLinks = true, HasMulticast = true };
        var (a, b, c) = (world.AddDevice("a"), world.AddDevice("b"), world.AddDevice("c"));
        world.Pair(a, b);
        world.Pair(a, c);
        foreach (var (one, other) in new[] { (a, b), (a, c), (b, c) })
        {
            world.Scheduler.RunUntil(() => one.IsLinkedTo(other), TimeSpan.FromMinutes(1), "links");
        }
        CopyLarge(a);
        world.Scheduler.RunUntil(
            () => StateOf(b) == "offered" && StateOf(c) == "offered",
            TimeSpan.FromSeconds(10),
            "the offers"
        );
        Assert.Equal(s_content, Paste(b, Type));
        a.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal(s_content, Paste(c, Type));
    }

    /// <summary>Through a restart an offer stays one, and is on the clipboard again.</summary>
    [Fact]
    public void After_a_restart_it_is_announced_again()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        b.Kill();
        b.Start();
        world.Scheduler.RunUntil(
            () => b.Clipboard is { Content.Count: 1 } && b.IsLinkedTo(a),
            TimeSpan.FromMinutes(1),
            "the announcement and the link"
        );
        Assert.Empty(b.Blobs.Ids);
        Assert.Equal(s_content, Paste(b, Type));
    }

    /// <summary>Killed in the middle of a paste, it goes on by itself with the rest: somebody wanted it.</summary>
    [Fact]
    public void A_paste_that_a_crash_ended_goes_on_by_itself()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        var before = world.Net.DatagramBytes("a", "b");
        b.Begin(async control =>
        {
            var paste = await control.PasteAsync(Type, null, default);
            await ReadAsync(paste!.Content);
        });
        world.Scheduler.RunUntil(
            () => b.Blobs.Parts.Any() && b.Blobs.HeldOf(b.Blobs.Parts.First()) > 40,
            TimeSpan.FromSeconds(30),
            "a part of it"
        );
        b.Kill();
        b.Start();
        world.Scheduler.RunUntil(() => StateOf(b) == "complete", TimeSpan.FromMinutes(2), "the rest");
        Assert.InRange(world.Net.DatagramBytes("a", "b") - before, Size, Size * 115L / 100);
        world.Scheduler.RunUntil(() => StateAt(a) == "applied", TimeSpan.FromSeconds(10), "A to hear of it");
    }

    /// <summary>History gives it too: its formats, and the whole of it as a new copy.</summary>
    [Fact]
    public void It_can_be_shown_and_copied_again()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        Copy(a, "newer");
        world.Scheduler.RunUntil(() => b.Text == "newer", TimeSpan.FromSeconds(10), "the newer one");
        var clip = b.Call(control => control.GetHistoryAsync(null, 2, default))![1];
        Assert.Equal("offered", clip.State);
        var shown = b.Call(async control =>
        {
            var format = await control.ReadClipAsync(clip.Id, 0, 0, default);
            return await ReadAsync(format.Content);
        });
        Assert.Equal(s_content, shown);
        b.Call(control => control.CopyAgainAsync(new CopyAgainRequest(clip.Id, false), default));
        Assert.Equal(s_content, Paste(b, Type));
        Assert.Single(b.Blobs.Ids);
    }

    /// <summary>What is not here is not signed for as if it were: it is put on this clipboard, and comes with a paste.</summary>
    [Fact]
    public void Copied_again_before_it_came_it_is_announced_here_alone()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        Copy(a, "newer");
        world.Scheduler.RunUntil(() => b.Text == "newer", TimeSpan.FromSeconds(10), "the newer one");
        var clip = b.Call(control => control.GetHistoryAsync(null, 2, default))![1];

        var report = b.Call(control => control.CopyAgainAsync(new CopyAgainRequest(clip.Id, false), default));
        Assert.Equal((null, "offered"), (report!.Clip, report.Reason));
        Assert.Equal(2, b.History.Count);
        Assert.Empty(b.Blobs.Ids);
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(2, a.History.Count);

        Assert.Equal(s_content, Paste(b, Type));
        // The person who pasted has it in hand; nothing is written over what the clipboard has by then.
        Assert.Equal(3, b.Clipboard!.Writes);
    }

    /// <summary>Nothing of it is in memory: it stays in history while it can be pasted, and a person who erases it knows.</summary>
    [Fact]
    public void What_stands_on_the_clipboard_stays_until_somebody_erases_it()
    {
        var (world, a, b) = Linked();
        a.Call(control => control.SetConfigAsync("history-clips", "0", default));
        CopyLarge(a);
        world.Scheduler.RunFor(TimeSpan.FromDays(1));
        Assert.Equal(s_content, Paste(a, Type));

        var clip = Assert.Single(a.Call(control => control.GetHistoryAsync(null, 9, default))!);
        a.Call(async control =>
        {
            await control.DeleteAsync(new DeleteRequest([clip.Id], Everywhere: true), default);
            return true;
        });
        Assert.Empty(a.Clipboard!.Content);
        Assert.Empty(a.Blobs.Ids);

        CopyLarge(a);
        a.Clipboard.Copy("small");
        world.Scheduler.RunFor(TimeSpan.FromDays(1));
        Assert.Empty(a.Blobs.Ids);
        Assert.True(b.IsUp);
    }

    /// <summary>The link breaks in the middle and another one takes its place: whoever pastes does not notice.</summary>
    [Fact]
    public void A_paste_goes_on_over_an_interruption()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        byte[]? pasted = null;
        b.Begin(async control =>
        {
            var paste = await control.PasteAsync(Type, null, default);
            pasted = await ReadAsync(paste!.Content);
        });
        world.Scheduler.RunUntil(
            () => b.Blobs.Parts.Any() && b.Blobs.HeldOf(b.Blobs.Parts.First()) > 40,
            TimeSpan.FromSeconds(30),
            "a part of it"
        );
        a.Kill();
        a.Start();
        world.Scheduler.RunUntil(() => pasted is not null, TimeSpan.FromMinutes(1), "the rest");
        Assert.Equal(s_content, pasted);
    }

    /// <summary>What a clip says to be here and is not is damaged, and not to come.</summary>
    [Fact]
    public void Content_that_is_gone_from_a_complete_clip_is_no_promise()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        Assert.Equal(s_content, Paste(b, Type));
        _ = b.Blobs.DeleteAsync(b.Blobs.Ids.Single(), default).AsTask();

        var clip = b.Call(control => control.GetHistoryAsync(null, 1, default))!.Single();
        var failure = Assert.Throws<ControlException>(() => Paste(b, Type));
        Assert.Contains("gone from this device's disk", failure.Message, StringComparison.Ordinal);
        failure = Assert.Throws<ControlException>(() =>
            b.Call(control => control.CopyAgainAsync(new CopyAgainRequest(clip.Id, false), default))
        );
        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>What was asked for in vain for a week is announced again, and comes when somebody asks for it again.</summary>
    [Fact]
    public void What_was_wanted_in_vain_is_offered_again()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        a.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Assert.Throws<ControlException>(() => Paste(b, Type));
        Assert.Equal("incomplete", StateOf(b));
        world.Scheduler.RunFor(TimeSpan.FromDays(8));
        Assert.Equal("offered", StateOf(b));

        a.Start();
        world.Scheduler.RunUntil(() => b.IsLinkedTo(a), TimeSpan.FromMinutes(5), "a link");
        Assert.Equal(s_content, Paste(b, Type));
    }

    /// <summary>Its origin is no member any more: who else has it gives it.</summary>
    [Fact]
    public void It_comes_from_others_when_its_origin_was_removed()
    {
        var world = new SimWorld(5) { HasLinks = true, HasMulticast = true };
        var (a, b, c) = (world.AddDevice("a"), world.AddDevice("b"), world.AddDevice("c"));
        world.Pair(a, b);
        world.Pair(a, c);
        foreach (var (one, other) in new[] { (a, b), (a, c), (b, c) })
        {
            world.Scheduler.RunUntil(() => one.IsLinkedTo(other), TimeSpan.FromMinutes(1), "links");
        }
        CopyLarge(a);
        world.Scheduler.RunUntil(
            () => StateOf(b) == "offered" && StateOf(c) == "offered",
            TimeSpan.FromSeconds(10),
            "the offers"
        );
        Assert.Equal(s_content, Paste(b, Type));
        b.Call(control => control.UnpairAsync("a", ["c"], default));
        world.Scheduler.RunUntil(() => c.Peers.Count == 1, TimeSpan.FromMinutes(1), "C to hear that A was removed");

        Assert.Equal(s_content, Paste(c, Type));
    }

    /// <summary>Somebody copies meanwhile what is not shared: the end of a paste does not cover it.</summary>
    [Fact]
    public void The_end_of_a_paste_covers_nothing()
    {
        var (world, a, b) = Linked();
        var text = Large(3_000_000);
        b.Call(control => control.SetConfigAsync("metered", "on", default));
        Copy(a, text);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        var promise = b.Clipboard!.Content.Single().Promise!;
        b.Call(control => control.SetConfigAsync("share-secrets", "off", default));
        b.Clipboard.CopyConcealed("mine alone");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(1));
        byte[]? pasted = null;
        b.Begin(async _ => pasted = await ReadAsync(promise.Open("slow")));
        world.Scheduler.RunUntil(() => pasted is not null, TimeSpan.FromSeconds(10), "what was pasted before");

        Assert.Equal(text, System.Text.Encoding.UTF8.GetString(pasted!));
        world.Scheduler.RunUntil(() => StateAt(a) == "applied", TimeSpan.FromSeconds(10), "A to hear of it");
        Assert.Equal("mine alone", b.Text);
    }

    /// <summary>Two programs paste at once: it comes once, and both have it.</summary>
    [Fact]
    public void Two_pastes_at_once_fetch_it_once()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        var before = world.Net.DatagramBytes("a", "b");
        var pasted = new List<byte[]>();
        for (var program = 0; program < 2; program++)
        {
            b.Begin(async control =>
            {
                var paste = await control.PasteAsync(Type, null, default);
                pasted.Add(await ReadAsync(paste!.Content));
            });
        }
        world.Scheduler.RunUntil(() => pasted.Count == 2, TimeSpan.FromSeconds(30), "both");
        Assert.All(pasted, one => Assert.Equal(s_content, one));
        Assert.InRange(world.Net.DatagramBytes("a", "b") - before, Size, Size * 115L / 100);
        Assert.Equal("complete", StateOf(b));
    }

    /// <summary>What is begun at once is not turned into an offer by a restart, after which nobody is reached yet.</summary>
    [Fact]
    public void A_fetch_that_a_crash_ended_goes_on_too()
    {
        var (world, a, b) = Linked();
        var text = s_content[..(6 * 1024 * 1024)];
        a.Call(control => control.CopyAsync(Type, new MemoryStream(text), false, default));
        world.Scheduler.RunUntil(
            () => b.Blobs.Parts.Any() && b.Blobs.HeldOf(b.Blobs.Parts.First()) > 10,
            TimeSpan.FromSeconds(30),
            "a part of it"
        );
        b.Kill();
        b.Start();
        world.Scheduler.RunUntil(() => StateOf(b) == "complete", TimeSpan.FromMinutes(2), "the rest");
        world.Scheduler.RunUntil(() => StateAt(a) == "applied", TimeSpan.FromSeconds(10), "A to hear of it");
    }

    /// <summary>Somebody erases it while it comes: whoever pastes hears so, and nothing of it stays.</summary>
    [Fact]
    public void Erased_while_it_comes_it_leaves_nothing()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        Exception? failure = null;
        b.Begin(async control =>
        {
            var paste = await control.PasteAsync(Type, null, default);
            failure = await Record.ExceptionAsync(() => ReadAsync(paste!.Content));
        });
        world.Scheduler.RunUntil(
            () => b.Blobs.Parts.Any() && b.Blobs.HeldOf(b.Blobs.Parts.First()) > 40,
            TimeSpan.FromSeconds(30),
            "a part of it"
        );
        var clip = b.History.Single().Clip.Id;
        b.Call(async control =>
        {
            await control.DeleteAsync(new DeleteRequest([clip.ToString()], Everywhere: true), default);
            return true;
        });
        world.Scheduler.RunUntil(() => failure is not null, TimeSpan.FromSeconds(10), "the paste to end");
        Assert.IsType<IOException>(failure);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Empty(b.Blobs.Ids);
        Assert.Empty(b.Blobs.Parts);
        Assert.Empty(b.History);
    }

    /// <summary>Ranges of what is still to come, as a browser asks for them; and what cannot be sent from here is said.</summary>
    [Fact]
    public void It_can_be_read_from_any_place_on_but_not_sent()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => StateAt(a) == "offered", TimeSpan.FromSeconds(10), "A to hear of the offer");
        var failure = Assert.Throws<ControlException>(() => b.Call(control => control.SendAsync(new("a"), default)));
        Assert.Contains("not on this device, but on a", failure.Message, StringComparison.Ordinal);

        var clip = b.Call(control => control.GetHistoryAsync(null, 1, default))!.Single();
        foreach (var from in new[] { 1, Size / 2, Size - 3 })
        {
            var read = b.Call(async control =>
            {
                var format = await control.ReadClipAsync(clip.Id, 0, from, default);
                await using (format.Content)
                {
                    return await ReadAsync(format.Content);
                }
            });
            Assert.Equal(s_content[from..], read);
        }
    }

    /// <summary>What somebody copies while a large copy is read is newer than that.</summary>
    [Fact]
    public void A_large_copy_is_as_old_as_its_beginning()
    {
        var (world, a, b) = Linked();
        var source = new Slow(s_content);
        a.Begin(control => control.CopyAsync(Type, source, false, default));
        world.Scheduler.RunUntil(() => source.IsWaiting, TimeSpan.FromSeconds(10), "the most of it");
        Copy(b, "newer");
        world.Scheduler.RunUntil(() => a.Text == "newer", TimeSpan.FromSeconds(10), "the newer copy");
        source.GoOn();
        world.Scheduler.RunUntil(() => a.History.Count == 2, TimeSpan.FromSeconds(10), "the large copy");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(("newer", "newer"), (a.Text, b.Text));
    }

    [Fact]
    public void Nothing_large_is_sealed_while_sharing_is_paused()
    {
        var (_, a, _) = Linked();
        a.Call(async control =>
        {
            await control.PauseAsync(null, default);
            return true;
        });
        var source = new Slow(s_content);
        var failure = Assert.Throws<ControlException>(() =>
            a.Call(control => control.CopyAsync(Type, source, false, default))
        );
        Assert.Equal(ControlErrors.Paused, failure.Code);
        Assert.False(source.IsWaiting);
    }

    /// <summary>Gives its end when it is told to.</summary>
    private sealed class Slow(byte[] content) : MemoryStream
    {
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _at;

        public bool IsWaiting { get; private set; }

        public void GoOn() => _goOn.SetResult();

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            if (_at >= content.Length - 1000)
            {
                IsWaiting = true;
                await _goOn.Task;
            }
            var length = Math.Min(buffer.Length, content.Length - _at);
            content.AsMemory(_at, length).CopyTo(buffer);
            _at += length;
            return length;
        }
    }

    private static string StateOf(SimDevice device) =>
        device.Call(control => control.GetHistoryAsync(null, 1, default)) is [var newest] ? newest.State : "";

    /// <summary>What the origin knows of its newest copy at its one peer.</summary>
    private static string StateAt(SimDevice origin) =>
        origin.Call(control => control.GetHistoryAsync(null, 1, default)) is [{ Deliveries: [var row, ..] }]
            ? row.State
            : "";

    private static void CopyLarge(SimDevice device) =>
        Assert.NotNull(
            device.Call(control => control.CopyAsync(Type, new MemoryStream(s_content), false, default))?.Clip
        );

    private static (SimWorld World, SimDevice A, SimDevice B) Linked()
    {
        var world = new SimWorld(3) { HasLinks = true, HasMulticast = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunUntil(
            () => a.IsLinkedTo(b) && b.IsLinkedTo(a),
            TimeSpan.FromMinutes(1),
            "a link of the two"
        );
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        world.Net.Cut("relay");
        return (world, a, b);
    }
}
