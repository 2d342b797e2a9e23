using Toss.Control;
using Toss.Testing.Agents;
using Toss.Testing.Simulation;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Large content for a device that is away: it goes to the relay, goes on where it stopped, and may be stopped.</summary>
public sealed class UploadTests
{
    private const int Chunks = 200;

    private const string Type = "application/octet-stream";

    private static readonly byte[] s_content = TestContent.Noise(Chunks * Limits.BlobChunk);

    [Theory]
    [InlineData("sender")]
    [InlineData("relay")]
    [InlineData("path")]
    public void What_breaks_in_the_middle_goes_on_with_the_rest(string breaks)
    {
        var (world, a, b) = Apart();
        CopyLarge(a, s_content);
        RunUntil(world, Chunks / 2);
        switch (breaks)
        {
            case "sender":
                a.Kill();
                world.Scheduler.RunFor(TimeSpan.FromHours(2));
                a.Start();
                break;
            case "relay":
                world.Relay.Kill();
                world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
                world.Relay.Start();
                break;
            default:
                world.Net.Cut("relay");
                world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
                world.Net.Heal("relay");
                break;
        }
        RunUntilStored(world);
        // One in a hundred at most came twice.
        Assert.InRange(world.Relay.BlobChunksEverSent, Chunks, Chunks + (Chunks / 100));
        Receives(world, b, s_content);
        // Once it is there, nothing of it is left at the relay.
        world.Scheduler.RunUntil(
            () => world.Relay.Blobs is { Bytes: 0 },
            TimeSpan.FromMinutes(5),
            "the relay to be free"
        );
    }

    /// <summary>After each chunk that it ever sends, the sender is killed.</summary>
    [Fact]
    public void At_whatever_chunk_its_sender_is_killed_nothing_is_sent_twice()
    {
        const int few = 12;
        var content = s_content[..(few * Limits.BlobChunk)];
        var (world, a, b) = Apart();
        CopyLarge(a, content);
        for (var chunk = 1; chunk <= few; chunk++)
        {
            RunUntil(world, chunk);
            a.Kill();
            world.Scheduler.RunFor(TimeSpan.FromSeconds(30));
            a.Start();
        }
        RunUntilStored(world);
        Assert.Equal(few, world.Relay.BlobChunksEverSent);
        Receives(world, b, content);
    }

    /// <summary>The other way: who fetches from a relay goes on too, whoever of the two was gone.</summary>
    [Theory]
    [InlineData("receiver")]
    [InlineData("relay")]
    public void Who_fetches_from_the_relay_goes_on_with_the_rest(string breaks)
    {
        var (world, a, b) = Apart();
        CopyLarge(a, s_content);
        RunUntilStored(world);
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        a.Kill();
        b.Start();
        world.Scheduler.RunUntil(
            () => world.Relay.BlobChunksEverFetched >= Chunks / 2,
            TimeSpan.FromMinutes(5),
            "half of it to be fetched"
        );
        if (breaks == "receiver")
        {
            b.Kill();
            b.Start();
        }
        else
        {
            world.Relay.Kill();
            world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
            world.Relay.Start();
        }
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(10), "B to have it");
        // Some were under way, and what came last was not durable.
        Assert.InRange(world.Relay.BlobChunksEverFetched, Chunks, Chunks + 20);
        Receives(world, b, s_content, isUp: true);
    }

    [Fact]
    public void What_is_half_done_and_nobody_goes_on_with_is_dropped_after_a_day()
    {
        var (world, a, _) = Apart();
        CopyLarge(a, s_content);
        RunUntil(world, Chunks / 2);
        a.Kill();
        world.Scheduler.RunFor(TimeSpan.FromHours(23));
        Assert.Equal(1, world.Relay.Blobs.Unfinished);
        world.Scheduler.RunFor(TimeSpan.FromHours(2));
        Assert.Equal((0, 0), (world.Relay.Blobs.Unfinished, world.Relay.Blobs.Bytes));
    }

    [Fact]
    public void Status_says_how_far_it_is_and_a_relay_that_goes_is_named()
    {
        var (world, a, _) = Apart();
        CopyLarge(a, s_content);
        RunUntil(world, Chunks / 2);
        var goes = Assert.Single(TransfersOf(a));
        Assert.Equal(
            ("out", "b", "running", world.Relay.Url.AbsoluteUri),
            (goes.Direction, goes.Device, goes.State, goes.Relay)
        );
        Assert.InRange(goes.Done, goes.Total * 4 / 10, goes.Total / 2);
        Assert.True(goes.BytesPerSecond > 0 && goes.SecondsLeft is not null, $"{goes}");

        world.Net.Cut("relay");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(4));
        var waits = Assert.Single(TransfersOf(a));
        Assert.Equal((goes.Id, "waiting", "relay.sim takes nothing"), (waits.Id, waits.State, waits.Why));
        world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        waits = Assert.Single(TransfersOf(a));
        Assert.Equal((goes.Id, "waiting", "relay.sim is not there"), (waits.Id, waits.State, waits.Why));
        world.Net.Heal("relay");
        RunUntilStored(world);
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        Assert.Empty(TransfersOf(a));
    }

    [Fact]
    public void What_the_relay_has_no_room_for_is_said_costs_nothing_and_goes_when_there_is_room()
    {
        var (world, a, b) = Apart();
        world.Relay.LimitBlobs(s_content.Length / 2);
        CopyLarge(a, s_content);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(10));

        Assert.Equal(0, world.Relay.BlobChunksEverSent);
        var delivery = Newest(a).Deliveries.Single();
        Assert.Equal(("waiting", "relay-full"), (delivery.State, delivery.Reason));
        const string why = "no room for it at relay.sim: your storage there is full";
        Assert.Equal(why, a.Call(control => control.GetStatusAsync(default))!.Peers.Single().Waiting);
        Assert.Equal(("waiting", why), (Assert.Single(TransfersOf(a)) is var one ? (one.State, one.Why) : default));
        var notes = a.Call(control => control.GetTraceAsync(10, default))!
            .SelectMany(trace => trace.Stages)
            .Select(stage => stage.Note);
        Assert.Single(notes, $"for b: {why}");

        world.Relay.LimitBlobs(2 * s_content.Length);
        RunUntilStored(world);
        Receives(world, b, s_content);
        Assert.Equal("applied", Newest(a).Deliveries.Single().State);
    }

    [Fact]
    public void Who_sends_may_stop_it_for_good_and_the_relay_drops_what_it_has()
    {
        var (world, a, b) = Apart();
        CopyLarge(a, s_content);
        RunUntil(world, Chunks / 2);

        Assert.NotNull(a.Call(control => control.CancelAsync(TransfersOf(a).Single().Id, default)));
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 0), (world.Relay.Blobs.Unfinished, world.Relay.Blobs.Bytes));
        Assert.Empty(TransfersOf(a));

        a.Kill();
        a.Start();
        b.Start();
        var sent = world.Relay.BlobChunksEverSent;
        world.Scheduler.RunFor(TimeSpan.FromHours(3));
        var delivery = Newest(a).Deliveries.Single();
        Assert.Equal(("refused", "cancelled"), (delivery.State, delivery.Reason));
        Assert.Equal((sent, 0), (world.Relay.BlobChunksEverSent, world.Relay.Blobs.Bytes));
        Assert.Empty(b.Blobs.Ids);
        Assert.Empty(b.Blobs.Parts);
        // Its own copy stays, and goes when somebody sends it by hand.
        Assert.NotNull(a.Call(control => control.SendAsync(new("b"), default)));
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(5), "B to have it after all");
    }

    /// <summary>A link that is cut for some seconds costs no upload; only a peer that stays away finds the rest at the relay.</summary>
    [Theory]
    [InlineData(8, 0)]
    [InlineData(600, 1)]
    public void What_breaks_off_over_a_link_goes_to_the_relay_only_if_the_peer_stays_away(int seconds, int stored)
    {
        var (world, a, b) = Linked();
        CopyLarge(a, s_content);
        world.Scheduler.RunUntil(
            () => b.Blobs.Parts.Any() && b.Blobs.HeldOf(b.Blobs.Parts.First()) >= Chunks / 2,
            TimeSpan.FromMinutes(1),
            "half of it"
        );
        world.Net.Cut("a", "b");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(Math.Min(seconds, 15)));
        Assert.Equal(0, world.Relay.BlobChunksEverSent);
        world.Scheduler.RunFor(TimeSpan.FromSeconds(seconds - Math.Min(seconds, 15)));
        Assert.Equal(stored, world.Relay.BlobsEverStored);
        world.Net.Heal("a", "b");
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(2), "B to have it");
        Assert.Equal(stored, world.Relay.BlobsEverStored);
        var notes = a.Call(control => control.GetTraceAsync(10, default))!
            .SelectMany(trace => trace.Stages)
            .Count(stage => stage.Note?.StartsWith("b left before it had all", StringComparison.Ordinal) == true);
        Assert.Equal(stored, notes);
    }

    /// <summary>It comes back while its content goes to the relay, and fetches it where it is: no more goes there.</summary>
    [Fact]
    public void A_peer_that_is_back_fetches_from_the_sender_and_the_upload_ends()
    {
        var (world, a, b) = Linked();
        b.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        world.Net.SetLink("a", "relay", new SimLink { Delay = TimeSpan.FromSeconds(1), Jitter = TimeSpan.Zero });
        CopyLarge(a, s_content);
        RunUntil(world, Chunks / 4);

        b.Start();

        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(5), "B to have it");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.InRange(world.Relay.BlobChunksEverSent, Chunks / 4, Chunks * 3 / 4);
        Assert.Equal((0, 0, 0), (world.Relay.BlobsEverStored, world.Relay.Blobs.Unfinished, world.Relay.Blobs.Bytes));
        Assert.Empty(TransfersOf(a));
    }

    /// <summary>The sender began anew in between, and the relay is away when nobody needs the half at it any more: it is told later.</summary>
    [Fact]
    public void Half_an_upload_of_an_earlier_run_is_dropped_when_the_relay_is_back()
    {
        var (world, a, b) = Linked();
        b.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        world.Net.SetLink("a", "relay", new SimLink { Delay = TimeSpan.FromSeconds(1), Jitter = TimeSpan.Zero });
        CopyLarge(a, s_content);
        RunUntil(world, Chunks / 4);
        a.Kill();
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        world.Net.Cut("relay");

        a.Start();
        b.Start();

        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(5), "B to have it");
        world.Scheduler.RunUntil(() => a.Pending.Values.Sum() == 0, TimeSpan.FromMinutes(5), "A to hear of it");
        Assert.Equal(1, world.Relay.Blobs.Unfinished);
        world.Net.Heal("relay");
        world.Scheduler.RunUntil(
            () => world.Relay.Blobs is { Unfinished: 0, Bytes: 0 },
            TimeSpan.FromMinutes(5),
            "the relay to drop it"
        );
    }

    private static IReadOnlyList<TransferReport> TransfersOf(SimDevice device) =>
        device.Call(control => control.GetStatusAsync(default))!.Transfers;

    private static HistoryEntry Newest(SimDevice device) =>
        device.Call(control => control.GetHistoryAsync(null, 1, default))![0];

    private static void CopyLarge(SimDevice device, byte[] content) =>
        Assert.NotNull(
            device.Call(control => control.CopyAsync(Type, new MemoryStream(content), false, default))?.Clip
        );

    private static void RunUntil(SimWorld world, int chunks) =>
        world.Scheduler.RunUntil(
            () => world.Relay.BlobChunksEverSent >= chunks,
            TimeSpan.FromMinutes(10),
            $"{chunks} chunks to be sent"
        );

    private static void RunUntilStored(SimWorld world) =>
        world.Scheduler.RunUntil(
            () => world.Relay.BlobsEverStored == 1,
            TimeSpan.FromMinutes(30),
            "all of it to be at the relay"
        );

    private static void Receives(SimWorld world, SimDevice b, byte[] content, bool isUp = false)
    {
        if (!isUp)
        {
            b.Start();
        }
        world.Scheduler.RunUntil(() => b.Blobs.Ids.Any(), TimeSpan.FromMinutes(10), "B to have it");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        Assert.True(Paste(b, Type).AsSpan().SequenceEqual(content), "B has other bytes");
    }

    /// <summary>Two on a link of 10 MB/s, and at a relay that has no circuits.</summary>
    private static (SimWorld World, SimDevice A, SimDevice B) Linked()
    {
        var world = new SimWorld(9) { HasLinks = true, HasMulticast = true };
        world.Relay.HasCircuits = false;
        world.Relay.Kill();
        world.Relay.Start();
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        FetchesAtOnce(a, b);
        world.Scheduler.RunUntil(
            () => a.IsLinkedTo(b) && b.IsLinkedTo(a),
            TimeSpan.FromMinutes(1),
            "a link of the two"
        );
        world.Net.SetLink(
            "a",
            "b",
            new SimLink
            {
                Delay = TimeSpan.FromMilliseconds(1),
                Jitter = TimeSpan.Zero,
                BytesPerSecond = 10_000_000,
                Queue = TimeSpan.FromMilliseconds(20),
            }
        );
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        return (world, a, b);
    }

    /// <summary>Two of one circle, the second switched off; they meet at the relay only.</summary>
    private static (SimWorld World, SimDevice A, SimDevice B) Apart()
    {
        var world = new SimWorld(7);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        FetchesAtOnce(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        b.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        return (world, a, b);
    }
}
