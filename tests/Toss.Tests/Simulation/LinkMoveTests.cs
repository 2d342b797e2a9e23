using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>A link that stands on a poorer path than there is goes over to the better one, and stays there.</summary>
public sealed class LinkMoveTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void A_link_by_a_VPN_is_moved_to_the_network_itself_and_stays_there(ulong seed, bool hasMulticast)
    {
        var (world, a, b) = Linked(seed, hasMulticast);
        Assert.StartsWith("10.8.0.", AddressAt(a), StringComparison.Ordinal);

        world.Scheduler.RunUntil(() => IsHome(a) && IsHome(b), TimeSpan.FromSeconds(10), "the move");
        var (sinceA, sinceB) = (PathTo(a)!.Since, PathTo(b)!.Since);
        world.Scheduler.RunFor(TimeSpan.FromHours(1));
        Assert.True(IsHome(a) && IsHome(b));
        Assert.Equal((sinceA, sinceB), (PathTo(a)!.Since, PathTo(b)!.Since));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void What_is_under_way_while_a_link_is_moved_arrives_once_and_in_order(ulong seed)
    {
        var (world, a, b) = Linked(seed);
        // Nothing else is there to carry what a move would lose.
        world.Net.Cut("relay");
        var (fromA, fromB) = (Large(3_000_000), Large(2_000_000));
        Copy(a, fromA);
        Copy(b, fromB);
        for (var i = 0; i < 60; i++)
        {
            Copy(i % 2 == 0 ? a : b, $"copy {i}");
            world.Scheduler.RunFor(TimeSpan.FromMilliseconds(100));
        }
        world.Scheduler.RunUntil(
            () => a.Pending.Count == 0 && b.Pending.Count == 0,
            TimeSpan.FromSeconds(10),
            "all receipts"
        );
        Assert.True(IsHome(a) && IsHome(b));
        foreach (var device in new[] { a, b })
        {
            Assert.Equal(63, device.History.Count);
            Assert.Equal(60, device.History.Select(stored => stored.Clip.Preview).Distinct().Count(IsCopy));
            Assert.Equal("copy 59", device.Text);
        }
        Assert.Equal(0, world.Relay.BlobsEverStored);

        static bool IsCopy(string? preview) => preview?.StartsWith("copy ", StringComparison.Ordinal) == true;
    }

    /// <summary>It is slow enough for the move to come in the middle; nothing of it is sent twice.</summary>
    [Fact]
    public void A_large_clip_that_is_under_way_is_not_begun_anew()
    {
        var (world, a, b) = Linked(7);
        world.Net.SetLink("a", "b", new SimLink { Delay = TimeSpan.FromMilliseconds(2), BytesPerSecond = 500_000 });
        var text = Large(3_000_000);
        var began = world.Net.Bytes;
        Copy(a, text);
        world.Scheduler.RunUntil(() => IsHome(a) && IsHome(b), TimeSpan.FromSeconds(20), "the move");
        Assert.NotEqual(text, b.Text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(30), "B's clipboard");
        Assert.InRange(world.Net.Bytes - began, 3_000_000, 4_000_000);
    }

    private static (SimWorld World, SimDevice A, SimDevice B) Linked(ulong seed, bool hasMulticast = true)
    {
        var world = new SimWorld(seed)
        {
            HasLinks = true,
            HasMulticast = hasMulticast,
            HasVpn = true,
        };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        Copy(a, "first");
        world.Scheduler.RunUntil(() => b.Text == "first", TimeSpan.FromMinutes(1), "the first clip");
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(10), "the link");
        return (world, a, b);
    }

    private static bool IsHome(SimDevice device) =>
        AddressAt(device).StartsWith("192.168.1.", StringComparison.Ordinal);

    private static string AddressAt(SimDevice device) => PathTo(device)?.Address ?? "";
}
