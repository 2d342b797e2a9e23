using System.Net;
using Toss.Net;
using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>A host that sleeps while others copy, and wakes: direct again within ten seconds, nothing lost, nothing doubled.</summary>
public sealed class SleepTests
{
    /// <summary>A minute; and so long that the peer looks for it but once a minute.</summary>
    [Theory]
    [InlineData(1, 60, false)]
    [InlineData(2, 60, true)]
    [InlineData(3, 1200, false)]
    [InlineData(4, 1200, true)]
    [InlineData(5, 12, false)]
    public void A_host_that_sleeps_is_direct_again_soon_after_it_wakes(ulong seed, int seconds, bool multicast)
    {
        var world = new SimWorld(seed)
        {
            HasLinks = true,
            HasMulticast = multicast,
            WatchesSleep = true,
        };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        Copy(a, "first");
        world.Scheduler.RunUntil(() => b.Text == "first", TimeSpan.FromMinutes(1), "the first clip");
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(30), "a link");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(30));

        b.Sleep();
        for (var i = 0; i < 3; i++)
        {
            Copy(a, $"while b sleeps {i}");
            world.Scheduler.RunFor(TimeSpan.FromSeconds(seconds / 3));
        }
        Assert.NotEqual("lan", PathOf(a));
        b.WakeUp();
        LinkedAgain(world, a, b);

        // Not only what the status says: with no relay anywhere, a link that works carries a copy.
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromSeconds(10), "what was copied meanwhile");
        world.Net.Cut("relay");
        Copy(a, "awake");
        world.Scheduler.RunUntil(() => b.Text == "awake", TimeSpan.FromSeconds(2), "B's clipboard");
        Copy(b, "indeed");
        world.Scheduler.RunUntil(() => a.Text == "indeed", TimeSpan.FromSeconds(2), "A's clipboard");
        Assert.Equal(6, a.History.Count);
        Assert.Equal(
            a.History.Select(stored => stored.Clip.Id.ToString()).Order(),
            b.History.Select(stored => stored.Clip.Id.ToString()).Order()
        );
    }

    /// <summary>It was looked after on no occasion of its own: nobody copies, and no relay says anything.</summary>
    [Fact]
    public void A_link_that_is_gone_after_a_sleep_is_over_two_seconds_after_it_was_noticed()
    {
        var world = new SimWorld(9) { HasLinks = true, WatchesSleep = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(30), "a link");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(30));
        b.Sleep();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        world.Net.Cut("relay");
        world.Net.Cut("a", "b");

        b.WakeUp();
        var noticed = NetworkWatch.Look + NetworkWatch.Spread;
        world.Scheduler.RunUntil(
            () => PathOf(b) != "lan",
            noticed + TimeSpan.FromSeconds(2.5),
            "the end of the link",
            every: 16
        );
    }

    [Fact]
    public void What_is_still_there_after_a_sleep_goes_on()
    {
        var world = new SimWorld(8) { HasLinks = true, WatchesSleep = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(30), "a link");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        var since = PathTo(b)!.Since;

        b.Sleep();
        world.Scheduler.RunFor(TimeSpan.FromSeconds(12));
        b.WakeUp();
        world.Scheduler.RunFor(TimeSpan.FromSeconds(30));

        Assert.Equal(since, PathTo(b)!.Since);
        Assert.Equal("connected", RelayOf(b));
    }

    [Fact]
    public void A_relay_that_is_not_there_any_more_after_a_sleep_is_noticed_at_once()
    {
        var world = new SimWorld(6) { WatchesSleep = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunUntil(() => RelayOf(b) == "connected", TimeSpan.FromSeconds(10), "the relay");
        b.Sleep();
        world.Scheduler.RunFor(TimeSpan.FromSeconds(20));
        world.Net.Cut("b", "relay");
        b.WakeUp();

        // By itself it would be asked after 20 s of silence, and be waited for 15 s more.
        world.Scheduler.RunUntil(() => RelayOf(b) == "unreachable", TimeSpan.FromSeconds(10), "the news", every: 16);
        world.Net.Heal("b", "relay");
        world.Scheduler.RunUntil(
            () => RelayOf(b) == "connected",
            TimeSpan.FromMinutes(1),
            "the relay again",
            every: 16
        );
    }

    /// <summary>Whatever the moment is at which it would have asked by itself.</summary>
    [Theory]
    [InlineData(180, false)]
    [InlineData(180, true)]
    [InlineData(205, true)]
    [InlineData(230, true)]
    [InlineData(255, true)]
    public void With_no_relay_anywhere_the_network_is_asked_at_once(int before, bool moves)
    {
        var world = new SimWorld(7)
        {
            HasLinks = true,
            HasMulticast = true,
            WatchesSleep = true,
        };
        var (a, b) = (world.AddLoneDevice("a"), world.AddLoneDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(30), "a link");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(before));

        b.Sleep();
        if (moves)
        {
            // What B knows of it is old, and it knows nothing of B.
            a.Kill();
            world.Net.Move("a", world.Lan, IPAddress.Parse("192.168.1.77"));
            a.Start();
        }
        world.Scheduler.RunFor(TimeSpan.FromMinutes(15));
        b.WakeUp();
        LinkedAgain(world, a, b);
    }

    private static void LinkedAgain(SimWorld world, SimDevice a, SimDevice b) =>
        world.Scheduler.RunUntil(
            () => PathOf(a) == "lan" && PathOf(b) == "lan",
            TimeSpan.FromSeconds(10),
            "the link",
            every: 16
        );

    private static string? RelayOf(SimDevice device) =>
        device.Call(control => control.GetStatusAsync(CancellationToken.None))?.Relay.State;
}
