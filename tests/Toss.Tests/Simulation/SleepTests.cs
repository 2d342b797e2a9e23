using Toss.Testing.Simulation;
using Xunit;

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
        world.Scheduler.RunUntil(() => KindOf(a) == "lan" && KindOf(b) == "lan", TimeSpan.FromSeconds(30), "a link");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(30));

        b.Sleep();
        for (var i = 0; i < 3; i++)
        {
            Copy(a, $"while b sleeps {i}");
            world.Scheduler.RunFor(TimeSpan.FromSeconds(seconds / 3));
        }
        Assert.NotEqual("lan", KindOf(a));
        b.WakeUp();
        world.Scheduler.RunUntil(
            () => KindOf(a) == "lan" && KindOf(b) == "lan",
            TimeSpan.FromSeconds(10),
            "the link",
            every: 16
        );

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

    private static string? KindOf(SimDevice device) =>
        device.Call(control => control.GetStatusAsync(CancellationToken.None))?.Peers.SingleOrDefault()?.Path?.Kind;

    private static void Copy(SimDevice device, string text) =>
        device.Call(control =>
            control.CopyAsync(
                "text/plain",
                new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)),
                CancellationToken.None
            )
        );
}
