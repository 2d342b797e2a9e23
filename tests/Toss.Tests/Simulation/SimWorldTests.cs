using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

public sealed class SimWorldTests
{
    [Fact]
    public void Two_devices_pair_and_share_in_virtual_time()
    {
        var world = new SimWorld(1);
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        world.Pair(a, b);

        var copied = a.Call(control =>
            control.CopyAsync("text/plain", new MemoryStream("hello"u8.ToArray()), false, CancellationToken.None)
        );
        Assert.NotNull(copied?.Clip);
        world.Scheduler.RunUntil(() => b.Text == "hello", TimeSpan.FromSeconds(2), "B's clipboard");
    }

    [Theory]
    [Trait("Seeds", "all")]
    [InlineData(0, true)]
    [InlineData(10, true)]
    [InlineData(25, false)] // longer than a prekey is taken
    public void A_device_that_was_away_gets_everything_once_and_has_the_newest_on_its_clipboard(int days, bool others)
    {
        var world = new SimWorld(2);
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        var c = world.AddDevice("c");
        world.Pair(a, b);
        world.Pair(a, c);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Copy(c, "seen by all");
        world.Scheduler.RunUntil(() => b.Text == "seen by all", TimeSpan.FromMinutes(1), "B's clipboard");
        b.Kill();
        for (var i = 1; i <= 5; i++)
        {
            Copy(a, $"text {i}");
        }
        Copy(c, "of C, which is gone when B is back");
        // Clocks are compared to a few milliseconds; who copied last must be beyond doubt.
        world.Scheduler.RunFor(TimeSpan.FromSeconds(1));
        Copy(a, new string('x', 100_000));
        world.Scheduler.RunUntil(() => a.Text is { Length: 100_000 }, TimeSpan.FromMinutes(1), "the large clip");
        world.Relay.Kill();
        world.Relay.Start();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        c.Kill();
        if (!others)
        {
            a.Kill();
        }
        world.Scheduler.RunFor(TimeSpan.FromDays(days));
        if (!others)
        {
            a.Start();
        }

        b.Start();

        world.Scheduler.RunUntil(
            () => b.History.Count == 8 && b.Text is { Length: 100_000 },
            TimeSpan.FromHours(3),
            "B to have everything"
        );
        Assert.Equal(8, b.History.Select(clip => clip.Clip.Id).Distinct().Count());
        world.Scheduler.RunUntil(
            () => a.Pending.GetValueOrDefault(b.Id) == 0,
            TimeSpan.FromHours(2),
            "A's deliveries to end"
        );
        Assert.Equal(8, b.History.Count);
        Assert.DoesNotContain(b.Clipboard!.Applied.GroupBy(text => text), same => same.Count() > 1);
    }

    /// <summary>
    /// What the relay answers comes behind what it has sent already. Inbound must never wait for an answer: the network
    /// stops reading when the agent does not take its events.
    /// </summary>
    [Fact]
    public void A_receipt_that_frees_a_large_clip_holds_up_nothing_behind_it()
    {
        var world = new SimWorld(7);
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        world.Pair(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        b.Kill();
        Copy(a, new string('x', 100_000));
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        a.Kill();
        b.Start();
        world.Scheduler.RunUntil(() => b.Text is { Length: 100_000 }, TimeSpan.FromMinutes(1), "the large clip");
        for (var i = 1; i <= 200; i++)
        {
            Copy(b, $"text {i}");
        }
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));

        a.Start();

        world.Scheduler.RunUntil(() => a.Text == "text 200", TimeSpan.FromMinutes(1), "A to have the newest");
        world.Scheduler.RunUntil(() => a.History.Count == 201, TimeSpan.FromMinutes(1), "A to have everything");
    }

    [Fact]
    public void Of_two_copies_at_once_both_are_in_history_and_the_same_one_holds_every_clipboard()
    {
        var world = new SimWorld(10);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        a.Clipboard!.Copy("from a");
        b.Clipboard!.Copy("from b");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        var won = Assert.Single(HistoryOf(a), entry => entry.HoldsClipboard);
        Assert.Equal(won.Id, Assert.Single(HistoryOf(b), entry => entry.HoldsClipboard).Id);
        Assert.Equal((won.Preview, won.Preview), (a.Text, b.Text));
        Assert.Equal((2, 2), (HistoryOf(a).Count, HistoryOf(b).Count));
    }

    /// <summary>Twenty copies a second for a minute.</summary>
    [Fact]
    [Trait("Seeds", "all")]
    public void Of_a_burst_of_copies_the_last_is_there_and_none_is_missing_from_history()
    {
        const int copies = 20 * 60;
        var world = new SimWorld(9);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        for (var i = 1; i <= copies; i++)
        {
            a.Clipboard!.Copy($"copy {i}");
            world.Scheduler.RunFor(TimeSpan.FromMilliseconds(50));
        }
        world.Scheduler.RunUntil(() => b.Text == $"copy {copies}", TimeSpan.FromSeconds(5), "the last copy");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(copies, b.History.Count);
        Assert.Equal(copies, a.History.Count);
    }

    /// <summary>B let C in, and C let D in.</summary>
    [Theory]
    [InlineData(null, new string[0])]
    [InlineData("d", new[] { "c", "d" })]
    [InlineData("c", new[] { "c", "d" })]
    public void Whoever_a_removed_device_let_in_goes_with_it_but_for_those_that_are_kept(string? keep, string[] stay)
    {
        var world = new SimWorld(8);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        var (c, d) = (world.AddDevice("c"), world.AddDevice("d"));
        world.Pair(a, b);
        world.Pair(b, c);
        world.Pair(c, d);
        world.Scheduler.RunUntil(() => a.Peers.Count == 3, TimeSpan.FromMinutes(1), "A to know all");

        Assert.NotNull(a.Call(control => control.UnpairAsync("b", keep is null ? [] : [keep], default)));

        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        var members = new[] { c, d }.Where(device => stay.Contains(device.Name)).ToList();
        Assert.Equal(members.Select(device => device.Id).Order(), a.Peers.Order());
        Assert.All(members, member => Assert.Contains(a.Id, member.Peers));
        Copy(a, "for those that stay");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.All(members, member => Assert.Equal("for those that stay", member.Text));
        Assert.All(
            new[] { b, c, d }.Except(members),
            gone => Assert.DoesNotContain(gone.History, clip => clip.Clip.Preview == "for those that stay")
        );
    }

    [Fact]
    public void A_device_that_was_removed_can_be_paired_again_and_is_another_one_then()
    {
        var world = new SimWorld(3);
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        world.Pair(a, b);
        var before = b.Id;
        Copy(a, "of the former circle");
        world.Scheduler.RunUntil(() => b.Text == "of the former circle", TimeSpan.FromMinutes(1), "B's clipboard");
        Assert.NotNull(a.Call(control => control.UnpairAsync("b", [], default)));
        world.Scheduler.RunUntil(() => b.Id != before, TimeSpan.FromMinutes(1), "B to hear of it");
        var locked = Assert.Throws<ControlException>(() =>
            b.Call(control => control.GetHistoryAsync(null, 10, default))
        );
        Assert.Equal(ControlErrors.HistoryLocked, locked.Code);
        Copy(a, "not for B");

        world.Pair(a, b);

        Copy(a, "for both");
        world.Scheduler.RunUntil(() => b.Text == "for both", TimeSpan.FromMinutes(1), "B's clipboard");
        Assert.DoesNotContain(b.History, clip => clip.Clip.Preview == "not for B");
        Assert.Equal([b.Id], a.Peers);

        // It is the same circle. What it shared before is still locked, and erased; what it shares now is not.
        var shown = b.Call(control => control.GetHistoryAsync(null, 10, default));
        Assert.Equal(["for both"], shown?.Select(entry => entry.Preview));
        world.Scheduler.RunFor(TimeSpan.FromHours(25));
        Assert.Equal(["for both"], b.History.Select(clip => clip.Clip.Preview));
    }

    [Fact]
    public void A_device_that_is_removed_twice_in_a_day_erases_what_each_time_shared_in_its_own_time()
    {
        var world = new SimWorld(3);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        foreach (var text in new[] { "first", "second" })
        {
            world.Pair(a, b);
            var before = b.Id;
            Copy(a, text);
            world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromMinutes(1), "B's clipboard");
            Assert.NotNull(a.Call(control => control.UnpairAsync("b", [], default)));
            world.Scheduler.RunUntil(() => b.Id != before, TimeSpan.FromMinutes(1), "B to hear of it");
            world.Scheduler.RunFor(TimeSpan.FromHours(10));
        }
        Copy(b, "its own");

        // What is locked is not shown and takes no place in what is.
        Assert.Equal(3, b.History.Count);
        Assert.Equal("its own", Assert.Single(b.Call(control => control.GetHistoryAsync(null, 1, default))!).Preview);
        world.Scheduler.RunFor(TimeSpan.FromHours(5));
        Assert.Equal(["its own", "second"], b.History.Select(clip => clip.Clip.Preview));
        world.Scheduler.RunFor(TimeSpan.FromHours(10));
        Assert.Equal(["its own"], b.History.Select(clip => clip.Clip.Preview));
        Assert.Null(b.Failure);
    }

    /// <summary>Its origin is off, and what it stored at the relay expired: the content comes from who passes the clip on.</summary>
    [Fact]
    public void A_large_clip_that_a_third_device_passes_on_comes_whole()
    {
        var world = new SimWorld(3);
        var (a, b, c) = (world.AddDevice("a"), world.AddDevice("b"), world.AddDevice("c"));
        world.Pair(a, b);
        world.Pair(a, c);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        b.Kill();
        Copy(c, "of the third");
        world.Scheduler.RunUntil(() => a.Text == "of the third", TimeSpan.FromMinutes(1), "A's clipboard");
        var large = new string('x', 200_000);
        Copy(a, large);
        world.Scheduler.RunUntil(() => c.Text == large, TimeSpan.FromMinutes(1), "C's clipboard");
        a.Kill();
        c.Kill();
        world.Scheduler.RunFor(TimeSpan.FromDays(9));
        c.Start();
        b.Start();

        world.Scheduler.RunUntil(() => b.Text == large, TimeSpan.FromHours(2), "B to have it");
        Assert.All(b.History, clip => Assert.Equal(ClipState.Complete, clip.State));
    }

    /// <summary>The relay spoils, or loses, what tells a device of its removal, and the first repetitions.</summary>
    [Theory]
    [InlineData(RelayTrick.Flip, false)]
    [InlineData(RelayTrick.Drop, false)]
    [InlineData(RelayTrick.Flip, true)]
    [InlineData(RelayTrick.Drop, true)]
    public void Who_was_removed_or_left_alone_is_told_whatever_the_relay_does(RelayTrick trick, bool leaves)
    {
        var world = new SimWorld(3);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        world.Relay.Trick("b", trick, 3);
        if (leaves)
        {
            a.Call(control => LeftAsync(control));
        }
        else
        {
            Assert.NotNull(a.Call(control => control.UnpairAsync("b", [], default)));
        }
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        Assert.Single(b.Peers);

        world.Scheduler.RunUntil(() => b.Peers.Count == 0, TimeSpan.FromHours(3), "B to be told");

        static async Task<bool> LeftAsync(IControl control)
        {
            await control.LeaveAsync(default);
            return true;
        }
    }

    /// <summary>Who is told says so, and hears no more of it; one that is away for good costs little.</summary>
    [Fact]
    public void A_farewell_is_repeated_rarely_and_not_once_it_is_known_to_have_come()
    {
        var world = new SimWorld(3);
        var (a, b, c) = (world.AddDevice("a"), world.AddDevice("b"), world.AddDevice("c"));
        world.Pair(a, b);
        world.Pair(a, c);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        c.Kill();
        Assert.NotNull(a.Call(control => control.UnpairAsync("b", [], default)));
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        Assert.Empty(a.Farewells);

        Assert.NotNull(a.Call(control => control.UnpairAsync("c", [], default)));
        b.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        var before = world.Relay.Envelopes.Handed;
        Assert.Single(a.Farewells);
        world.Scheduler.RunFor(TimeSpan.FromDays(2));
        // After 10, 30, 70, 150, 310, 630, 1270 and 2550 minutes.
        Assert.Equal(8, world.Relay.Envelopes.Handed - before);
    }

    [Fact]
    public void What_is_locked_hides_nothing_older_behind_the_limit()
    {
        var world = new SimWorld(3);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        Copy(b, "from before");
        world.Pair(a, b);
        var before = b.Id;
        foreach (var number in Enumerable.Range(1, 9))
        {
            Copy(a, $"shared {number}");
        }
        world.Scheduler.RunUntil(() => b.History.Count == 10, TimeSpan.FromMinutes(1), "B's history");
        Assert.NotNull(a.Call(control => control.UnpairAsync("b", [], default)));
        world.Scheduler.RunUntil(() => b.Id != before, TimeSpan.FromMinutes(1), "B to hear of it");

        var shown = b.Call(control => control.GetHistoryAsync(null, 1, default));
        Assert.Equal("from before", Assert.Single(shown!).Preview);
    }

    [Fact]
    public void A_copied_folder_that_runs_elsewhere_is_noticed_by_all_and_costs_the_others_nothing()
    {
        var world = new SimWorld(4);
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        var c = world.AddDevice("c");
        world.Pair(a, b);
        world.Pair(a, c);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        b.Kill();
        var twin = world.AddCopy(b, "copy of b");
        b.Start();

        world.Scheduler.RunUntil(
            () => new[] { a, b, c, twin }.All(device => Warns(device, "runs twice")),
            TimeSpan.FromMinutes(30),
            "all to be told"
        );
        var copies = 0;
        foreach (var device in new[] { a, b, twin, c, twin, b })
        {
            Copy(device, $"copy {++copies}");
            world.Scheduler.RunFor(TimeSpan.FromSeconds(20));
        }
        world.Scheduler.RunUntil(
            () => a.History.Count == copies && c.History.Count == copies,
            TimeSpan.FromHours(4),
            "the others to have every copy"
        );
        world.Scheduler.RunFor(TimeSpan.FromHours(2));

        Assert.All([a, c], device => Assert.Equal(copies, device.History.Count));
        var either = b.History.Concat(twin.History).Select(clip => clip.Clip.Id).Distinct();
        Assert.Equal(copies, either.Count());
        Assert.All([a, b, c, twin], device => Assert.Null(device.Failure));
        Assert.Null(world.Relay.Envelopes.Problem);
    }

    [Fact]
    public void A_folder_put_back_from_a_backup_goes_on_and_is_not_taken_for_a_second_device()
    {
        var world = new SimWorld(5);
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        world.Pair(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        b.Kill();
        var restored = world.AddCopy(b, "copy of b");
        restored.Kill();
        b.Start();
        Copy(b, "before the disk broke");
        b.Call(control => AnsweredAsync(control.RenameAsync("renamed", default)));
        world.Scheduler.RunUntil(() => a.Text == "before the disk broke", TimeSpan.FromMinutes(1), "A's clipboard");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        b.Kill();

        restored.Start();
        Copy(restored, "after it");
        Copy(a, "of A");

        world.Scheduler.RunUntil(
            () => a.History.Count == 3 && restored.History.Any(clip => clip.Clip.Preview == "of A"),
            TimeSpan.FromHours(3),
            "both to have what was copied since"
        );
        world.Scheduler.RunFor(TimeSpan.FromHours(3));
        Assert.False(Warns(a, "runs twice"));
        Assert.False(Warns(restored, "runs twice"));
        Assert.Null(world.Relay.Envelopes.Problem);
    }

    /// <summary>Without a copy by anybody: it is the greeting that compares.</summary>
    [Fact]
    public void A_device_whose_clock_was_set_compares_it_anew()
    {
        var world = new SimWorld(9);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Assert.False(Warns(a, "The clock of b"));

        a.JumpClock(TimeSpan.FromHours(3));

        world.Scheduler.RunUntil(() => Warns(a, "180 minutes behind"), TimeSpan.FromMinutes(2), "A to compare again");
        a.JumpClock(TimeSpan.FromHours(-3));
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Assert.False(Warns(a, "The clock of b"));
    }

    private static bool Warns(SimDevice device, string of) =>
        device
            .Call(control => control.GetStatusAsync(default))
            ?.Warnings.Any(warning => warning.Message.Contains(of, StringComparison.Ordinal)) == true;

    private static async Task<bool> AnsweredAsync(Task asked)
    {
        await asked;
        return true;
    }

    /// <summary>The step fails and is tried again, and says so; it does not try for ever without a pause.</summary>
    [Fact]
    public void Sessions_that_somebody_else_always_changes_first_are_told_and_do_not_stop_the_agent()
    {
        var stale = false;
        var world = new SimWorld(1)
        {
            Prepare = device =>
                device.Plant = ports =>
                    ports with
                    {
                        Store = Interposed<IAgentStore>.Between(
                            ports.Store,
                            (call, _, goOn) =>
                                stale && device.Name == "a" && call == nameof(IAgentStore.LoadSessionsAsync)
                                    ? PortAnswer.Of<StoredSessions?>(
                                        PortAnswer.Read<StoredSessions?>(goOn())! with
                                        {
                                            Version = 1,
                                        }
                                    )
                                    : goOn()
                        ),
                    },
        };
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        world.Pair(a, b);

        stale = true;
        a.Clipboard!.Copy("hello");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        var peer = Assert.Single(a.Call(control => control.GetStatusAsync(default))!.Peers);
        Assert.Equal("Another process changes this device's sessions.", peer.Waiting);

        stale = false;
        world.Scheduler.RunUntil(() => b.Text == "hello", TimeSpan.FromMinutes(1), "B's clipboard");
    }

    private static IReadOnlyList<HistoryEntry> HistoryOf(SimDevice device) =>
        device.Call(control => control.GetHistoryAsync(null, 100, CancellationToken.None))!;
}
