using Toss.Control;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Toss.Testing.Simulation;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Large content whose transfer breaks: what came stays, and only the rest is sent.</summary>
public sealed class ResumeTests
{
    private const int Size = 32 * 1024 * 1024;
    private const int Chunks = Size / Limits.BlobChunk;

    /// <summary>What goes beside the content: handshakes, acknowledgements, envelopes.</summary>
    private const long Beside = 64 * 1024;

    private static readonly byte[] s_content = TestContent.Noise(Size);

    [Fact]
    public void Who_is_killed_in_the_middle_gets_the_rest_only()
    {
        var undisturbed = Sent(static (_, _, _) => { });

        var sent = Sent(
            static (world, _, b) =>
            {
                RunUntilHalf(world, b);
                b.Kill();
                b.Start();
                // At most what was not durable, a part in 256, is not there any more.
                Assert.InRange(b.Blobs.HeldOf(b.Blobs.Parts.Single()), Chunks / 2 - 1, Chunks);
            }
        );

        Assert.InRange(sent - undisturbed, -Size, Size / 100 + Beside);
    }

    [Fact]
    public void When_who_sends_is_killed_in_the_middle_it_goes_on_with_the_rest()
    {
        var undisturbed = Sent(static (_, _, _) => { });

        var sent = Sent(
            static (world, a, b) =>
            {
                RunUntilHalf(world, b);
                a.Kill();
                world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
                a.Start();
            }
        );

        Assert.InRange(sent - undisturbed, -Size, Size / 100 + Beside);
    }

    [Fact]
    public void A_link_that_is_cut_and_comes_back_goes_on_with_the_rest()
    {
        var undisturbed = Sent(static (_, _, _) => { });

        var sent = Sent(
            static (world, _, b) =>
            {
                RunUntilHalf(world, b);
                world.Net.Cut("a", "b");
                world.Scheduler.RunFor(TimeSpan.FromSeconds(60));
                world.Net.Heal("a", "b");
            }
        );

        Assert.InRange(sent - undisturbed, -Size, Size / 100 + Beside);
    }

    [Fact]
    public void A_small_copy_does_not_wait_for_a_large_one()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        RunUntilHalf(world, b);
        for (var i = 0; i < 5; i++)
        {
            var began = world.Scheduler.Ticks;
            Copy(a, $"small {i}");
            world.Scheduler.RunUntil(() => b.Text == $"small {i}", TimeSpan.FromSeconds(5), "the small copy");
            Assert.InRange(TimeSpan.FromTicks(world.Scheduler.Ticks - began).TotalMilliseconds, 0, 100);
        }
        Assert.NotEmpty(b.Blobs.Parts);
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(1), "the large copy");
    }

    [Fact]
    public void Status_says_on_both_sides_how_far_it_is_and_who_receives_may_stop_it()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        RunUntilHalf(world, b);

        var comes = Assert.Single(TransfersOf(b));
        var goes = Assert.Single(TransfersOf(a));
        Assert.Equal(("in", "a", "running"), (comes.Direction, comes.Device, comes.State));
        Assert.Equal(("out", "b", "running"), (goes.Direction, goes.Device, goes.State));
        Assert.Equal(comes.Clip, goes.Clip);
        Assert.InRange(comes.Done, comes.Total / 2, comes.Total * 6 / 10);
        Assert.InRange(goes.Done, comes.Done, comes.Total * 7 / 10);
        Assert.InRange(comes.BytesPerSecond ?? 0, 5_000_000, 10_500_000);
        Assert.InRange(comes.SecondsLeft ?? -1, 1, 4);

        Assert.NotNull(b.Call(control => control.CancelAsync(comes.Id, default)));
        world.Scheduler.RunUntil(() => a.Pending.Values.Sum() == 0, TimeSpan.FromSeconds(10), "A to hear of it");
        var entry = a.Call(control => control.GetHistoryAsync(null, 1, default))![0];
        Assert.Equal(("refused", "cancelled"), (entry.Deliveries[0].State, entry.Deliveries[0].Reason));
        AssertNothingLeft(world, b);
        // Nor does it come again by itself.
        b.Kill();
        b.Start();
        world.Scheduler.RunFor(TimeSpan.FromHours(1));
        AssertNothingLeft(world, b);
        Assert.Empty(TransfersOf(a));
    }

    [Fact]
    public void Who_sends_may_stop_it_and_the_other_hears_why()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        RunUntilHalf(world, b);

        Assert.NotNull(a.Call(control => control.CancelAsync(TransfersOf(a).Single().Id, default)));

        world.Scheduler.RunUntil(() => StateOfNewest(b) == "cancelled", TimeSpan.FromSeconds(30), "B to give it up");
        AssertNothingLeft(world, b);
        var entry = a.Call(control => control.GetHistoryAsync(null, 1, default))![0];
        Assert.Equal(("refused", "cancelled"), (entry.Deliveries[0].State, entry.Deliveries[0].Reason));
        // Its own copy stays.
        Assert.Single(a.Blobs.Ids);
    }

    /// <summary>Also of one that was off then, after both began anew: it is remembered.</summary>
    [Fact]
    public void Who_sends_may_stop_it_for_good()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        RunUntilHalf(world, b);
        world.Net.Cut("a", "b");
        Assert.NotNull(a.Call(control => control.CancelAsync(TransfersOf(a).Single().Id, default)));
        a.Kill();
        var held = b.Blobs.HeldOf(b.Blobs.Parts.Single());
        a.Start();
        world.Net.Heal("a", "b");
        var most = held;
        world.Scheduler.RunUntil(
            () =>
            {
                most = b.Blobs.Parts.Any() ? Math.Max(most, b.Blobs.HeldOf(b.Blobs.Parts.Single())) : most;
                return StateOfNewest(b) == "cancelled";
            },
            TimeSpan.FromMinutes(10),
            "B to give it up"
        );
        // Not one chunk more than what was on its way.
        Assert.InRange(most, held, held + 4);
        AssertNothingLeft(world, b);
    }

    /// <summary>And a path that comes back while it is sought in vain is used at once, not after the next pause.</summary>
    [Fact]
    public void Who_watches_sees_how_far_it_has_come_and_that_it_is_through()
    {
        var (world, a, b) = Linked();
        using var watch = b.Agent!.Feed.Watch(after: null);
        var begin = b.Call(_ => watch.NextAsync(default).AsTask())![0];
        CopyLarge(a);
        RunUntilHalf(world, b);
        world.Net.Cut("a", "b");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        world.Net.Heal("a", "b");
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromSeconds(45), "B to have it");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));

        Assert.True(b.Agent.Feed.TryReadAfter(begin.Position, 1000, out var events));
        var told = events.OfType<TransferChanged>().Select(one => one.Transfer).ToList();
        Assert.All(told, one => Assert.Equal(("in", told[0].Id), (one.Direction, one.Id)));
        Assert.Equal(told.Select(one => one.Done).Order(), told.Select(one => one.Done));
        Assert.Contains(told, one => one.State == "running");
        Assert.Equal(told[0].Id, Assert.Single(events.OfType<TransferEnded>()).Id);
        // Once a second at most.
        Assert.InRange(told.Count, 2, 60);
    }

    [Fact]
    public void What_can_never_fit_is_refused_and_older_copies_make_room_for_what_can()
    {
        var (world, a, b) = Linked();
        b.Call(control => control.SetConfigAsync("history-size", "5", default));
        CopyLarge(a);
        world.Scheduler.RunUntil(() => a.Pending.Values.Sum() == 0, TimeSpan.FromSeconds(30), "the answer");
        var entry = a.Call(control => control.GetHistoryAsync(null, 1, default))![0];
        Assert.Equal(("refused", "storage-full"), (entry.Deliveries[0].State, entry.Deliveries[0].Reason));
        AssertNothingLeft(world, b);

        a.Call(control => control.SetConfigAsync("history-size", "5", default));
        foreach (var length in new[] { 2_000_000, 2_000_002, 2_000_004 })
        {
            Copy(a, Large(length));
            world.Scheduler.RunUntil(() => b.Text?.Length == length, TimeSpan.FromSeconds(30), $"{length}");
        }
        // Before the hour at which history is looked through: the oldest of the three made room.
        Assert.Equal((2, 2), (a.Blobs.Ids.Count(), b.Blobs.Ids.Count()));
        Assert.Empty(b.Blobs.Parts);
    }

    /// <summary>A full disk is said, costs nothing of what came, and is gone on with when there is space.</summary>
    [Fact]
    public void A_disk_that_is_full_in_the_middle_is_gone_on_with_later()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        RunUntilHalf(world, b);
        b.Blobs.Full = true;
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        var held = b.Blobs.HeldOf(b.Blobs.Parts.Single());
        Assert.InRange(held, Chunks / 2, Chunks / 2 + 4);
        var waits = TransfersOf(b).Single();
        Assert.Equal(("waiting", "The disk is full."), (waits.State, waits.Why));

        b.Blobs.Full = false;
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(10), "the rest");
        Assert.Equal(s_content, Pasted(b));
    }

    /// <summary>Two have it and a third fetches: from both at once, and all of it from one when the other goes, whoever copied it.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("a")]
    [InlineData("b")]
    public void Two_that_have_it_bring_it_together(string? goes)
    {
        var (world, a, b, c, open, _) = LinkedThree();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(1), "B to have it");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        var (fromA, fromB) = (world.Net.DatagramBytes("a", "c"), world.Net.DatagramBytes("b", "c"));

        open();
        RunUntilHalf(world, c);
        (
            goes == "a" ? a
            : goes == "b" ? b
            : null
        )?.Kill();
        world.Scheduler.RunUntil(() => c.Blobs.Ids.Any(), TimeSpan.FromMinutes(5), "C to have it");

        Assert.Equal(s_content, Pasted(c));
        (fromA, fromB) = (world.Net.DatagramBytes("a", "c") - fromA, world.Net.DatagramBytes("b", "c") - fromB);
        Assert.InRange(fromA, goes == "b" ? Size / 2 : Size / 5, goes == "b" ? Size * 9 / 10 : Size * 8 / 10);
        Assert.InRange(fromB, goes == "a" ? Size / 2 : Size / 5, goes == "a" ? Size * 9 / 10 : Size * 8 / 10);
        Assert.InRange(fromA + fromB, Size, Size * 11 / 10);
    }

    /// <summary>Of two that have it one is a hundred times slower, or falls silent: the other brings what it would bring last.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_slow_holder_holds_nothing_up_and_next_to_nothing_comes_twice(bool falls)
    {
        var (world, a, b, c, open, came) = LinkedThree();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(1), "B to have it");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        world.Net.SetLink("b", "c", world.Net.LinkBetween("b", "c") with { BytesPerSecond = 100_000 });
        var before = world.Net.DatagramBytes("a", "c");

        open();
        RunUntilBegun(world, c);
        var began = world.Scheduler.Ticks;
        if (falls)
        {
            RunUntilHalf(world, c);
            world.Net.Cut("b", "c");
        }
        world.Scheduler.RunUntil(() => c.Blobs.Ids.Any(), TimeSpan.FromMinutes(5), "C to have it");

        var took = TimeSpan.FromTicks(world.Scheduler.Ticks - began).TotalSeconds;
        var fast = world.Net.DatagramBytes("a", "c") - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{took:0.00} s, {came()} chunks, {fast:N0} bytes from A");
        Assert.Equal(s_content, Pasted(c));
        // A alone takes 3.4 s and its headers.
        Assert.InRange(took, 3.2, 4.2);
        // And of 256 chunks two come twice at most.
        Assert.InRange(came(), Chunks, Chunks * 101 / 100);
        Assert.InRange(fast, Size * 95L / 100, (Size * 106L / 100) + Beside);
    }

    /// <summary>Who has it as well and comes while it is fetched brings its part, whether it has all of it or gets it itself.</summary>
    [Fact]
    public void Who_comes_in_the_middle_joins()
    {
        var (world, a, b, c, open, _) = LinkedThree();
        CopyLarge(a);
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(1), "B to have it");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        b.Kill();
        world.Scheduler.RunFor(TimeSpan.FromSeconds(40));
        world.Net.SetLink("a", "c", world.Net.LinkBetween("a", "c") with { BytesPerSecond = 500_000 });
        var before = world.Net.DatagramBytes("b", "c");
        open();
        RunUntilBegun(world, c);

        b.Start();

        world.Scheduler.RunUntil(() => c.Blobs.Ids.Any(), TimeSpan.FromSeconds(40), "C to have it");
        Assert.Equal(s_content, Pasted(c));
        Assert.InRange(world.Net.DatagramBytes("b", "c") - before, Size / 2, Size * 11 / 10);
    }

    /// <summary>Who has it is off: its name stands in history and status, and it comes when that device is back.</summary>
    [Fact]
    public void A_copy_whose_source_is_gone_says_for_whom_it_waits_and_comes_when_that_one_is_back()
    {
        var (world, a, b) = Linked();
        CopyLarge(a);
        RunUntilHalf(world, b);
        Assert.Empty(Newest(b).WaitsFor);
        a.Kill();
        // Nothing comes, and nobody knows yet that nothing will.
        world.Scheduler.RunFor(TimeSpan.FromSeconds(2.5));
        var waits = Assert.Single(TransfersOf(b));
        Assert.Equal(("waiting", "nothing comes from a"), (waits.State, waits.Why));
        world.Scheduler.RunFor(TimeSpan.FromHours(5));
        waits = Assert.Single(TransfersOf(b));
        Assert.Equal(("waiting", "waits for a"), (waits.State, waits.Why));
        var entry = Newest(b);
        Assert.Equal(("incomplete", "a"), (entry.State, Assert.Single(entry.WaitsFor)));
        Assert.Equal("a", Assert.Single(b.Call(control => control.GetClipAsync(entry.Id, default))!.Entry.WaitsFor));

        a.Start();
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(2), "B to have it");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(("complete", 0), (Newest(b).State, Newest(b).WaitsFor.Count));
    }

    /// <summary>The one that copied is gone, and the third is behind the relay: it is asked all the same, by a circuit or by mailbox.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_third_device_that_has_it_brings_it_through_the_relay(bool circuits)
    {
        var (world, a, b, c, open, _) = LinkedThree(hasRelay: true);
        world.Relay.HasCircuits = circuits;
        world.Relay.Kill();
        world.Relay.Start();
        world.Net.Cut("b", "c");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        CopyLarge(a);
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(1), "B to have it");
        world.Scheduler.RunUntil(() => c.History.Count > 0, TimeSpan.FromSeconds(5), "C to hear of it");
        a.Kill();
        var stored = world.Relay.BlobsEverStored;
        open();
        world.Scheduler.RunUntil(() => c.Blobs.Ids.Any(), TimeSpan.FromMinutes(15), "C to have it");
        Assert.Equal(s_content, Pasted(c));
        Assert.Equal(circuits ? stored : stored + 1, world.Relay.BlobsEverStored);
    }

    /// <summary>Bytes that A sent to B while it got a large copy, whatever happened meanwhile.</summary>
    private static long Sent(Action<SimWorld, SimDevice, SimDevice> meanwhile)
    {
        var (world, a, b) = Linked();
        var before = world.Net.DatagramBytes("a", "b");
        CopyLarge(a);
        meanwhile(world, a, b);
        world.Scheduler.RunUntil(
            () => b.IsUp && b.Blobs.Ids.Any() && Pasted(b) is { } content && content.AsSpan().SequenceEqual(s_content),
            TimeSpan.FromMinutes(10),
            "B's clipboard"
        );
        Assert.Empty(b.Blobs.Parts);
        return world.Net.DatagramBytes("a", "b") - before;
    }

    /// <summary>It was sought in vain before, and is sought again after a pause.</summary>
    private static void RunUntilBegun(SimWorld world, SimDevice c) =>
        world.Scheduler.RunUntil(
            () => c.Blobs.Parts.Any() && c.Blobs.HeldOf(c.Blobs.Parts.First()) > 0,
            TimeSpan.FromMinutes(2),
            "it to begin"
        );

    private static void RunUntilHalf(SimWorld world, SimDevice b) =>
        world.Scheduler.RunUntil(
            () => b.Blobs.Parts.Any() && b.Blobs.HeldOf(b.Blobs.Parts.First()) >= Chunks / 2,
            TimeSpan.FromMinutes(1),
            "half of it"
        );

    private static IReadOnlyList<TransferReport> TransfersOf(SimDevice device) =>
        device.Call(control => control.GetStatusAsync(default))!.Transfers;

    private static string StateOfNewest(SimDevice device) => Newest(device).State;

    private static HistoryEntry Newest(SimDevice device) =>
        device.Call(control => control.GetHistoryAsync(null, 1, default))![0];

    private static void AssertNothingLeft(SimWorld world, SimDevice device)
    {
        Assert.Empty(device.Blobs.Parts);
        Assert.Empty(device.Blobs.Ids);
        Assert.Equal(0, device.Blobs.Staged);
        Assert.Empty(TransfersOf(device));
    }

    private static byte[]? Pasted(SimDevice device) => Paste(device, "application/octet-stream");

    private static void CopyLarge(SimDevice device) =>
        Assert.NotNull(
            device
                .Call(control =>
                    control.CopyAsync("application/octet-stream", new MemoryStream(s_content), false, default)
                )
                ?.Clip
        );

    /// <summary>10 MB/s and a millisecond between them, and no relay beside: they find each other in their network.</summary>
    private static (SimWorld World, SimDevice A, SimDevice B) Linked()
    {
        var world = new SimWorld(3) { HasLinks = true, HasMulticast = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        Settle(world, (a, b));
        FetchesAtOnce(a, b);
        return (world, a, b);
    }

    /// <summary>The third fetches nothing until it is let.</summary>
    private static (SimWorld World, SimDevice A, SimDevice B, SimDevice C, Action Open, Func<int> Came) LinkedThree(
        bool hasRelay = false
    )
    {
        var world = new SimWorld(4) { HasLinks = true, HasMulticast = true };
        var (a, b, c) = (world.AddDevice("a"), world.AddDevice("b"), world.AddDevice("c"));
        world.Pair(a, b);
        world.Pair(a, c);
        var (isOpen, came) = (false, 0);
        c.Kill();
        c.Plant = ports =>
            ports with
            {
                Network = Interposed<IPeerNetwork>.Between(
                    ports.Network,
                    (call, arguments, goOn) =>
                    {
                        if (call != nameof(IPeerNetwork.FetchBlobAsync))
                        {
                            return goOn();
                        }
                        if (!isOpen)
                        {
                            return PortAnswer.Of(new BlobTransferResult(BlobTransferStatus.NoPath));
                        }
                        var at = Array.FindIndex(
                            arguments,
                            one => one is Func<int, ReadOnlyMemory<byte>, ValueTask<bool>>
                        );
                        var write = (Func<int, ReadOnlyMemory<byte>, ValueTask<bool>>)arguments[at]!;
                        arguments[at] = new Func<int, ReadOnlyMemory<byte>, ValueTask<bool>>(
                            (index, chunk) =>
                            {
                                came++;
                                return write(index, chunk);
                            }
                        );
                        return goOn();
                    }
                ),
            };
        c.Start();
        Settle(world, (a, b), (a, c), (b, c));
        FetchesAtOnce(a, b, c);
        if (hasRelay)
        {
            world.Net.Heal("relay");
        }
        return (world, a, b, c, () => isOpen = true, () => came);
    }

    private static void Settle(SimWorld world, params (SimDevice One, SimDevice Other)[] pairs)
    {
        foreach (var (one, other) in pairs)
        {
            world.Scheduler.RunUntil(
                () => one.IsLinkedTo(other) && other.IsLinkedTo(one),
                TimeSpan.FromMinutes(1),
                $"a link of {one.Name} and {other.Name}"
            );
            world.Net.SetLink(
                one.Name,
                other.Name,
                new SimLink
                {
                    Delay = TimeSpan.FromMilliseconds(1),
                    Jitter = TimeSpan.Zero,
                    BytesPerSecond = 10_000_000,
                    Queue = TimeSpan.FromMilliseconds(20),
                }
            );
        }
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        world.Net.Cut("relay");
    }
}
