using System.Net;
using Toss.Core.Clips;
using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Whole agents behind NATs that nobody can punch: content goes by circuits, and is stored at no relay.</summary>
public sealed class CircuitLinkTests
{
    private const int Eight = 8 << 20;

    [Fact]
    public void A_large_copy_goes_by_a_circuit_both_ways_and_a_small_one_by_the_mailbox()
    {
        var (world, a, b) = Paired(1);
        var text = Large(Eight);
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(10), "B's clipboard");
        Assert.InRange(world.Relay.Circuits.Bytes, Eight, 1.2 * Eight);
        Assert.InRange(world.Relay.Circuits.ByUdp, 0.9 * Eight, 1.2 * Eight);

        var before = world.Relay.Circuits;
        Copy(b, "small");
        world.Scheduler.RunUntil(() => a.Text == "small", TimeSpan.FromSeconds(2), "A's clipboard");
        Assert.Equal(("relay", "relay"), (PathOf(a), PathOf(b)));

        text = Large(1 << 20);
        Copy(b, text);
        world.Scheduler.RunUntil(() => a.Text == text, TimeSpan.FromSeconds(5), "A's clipboard");
        Assert.Equal(0, world.Relay.BlobsEverStored);
        Assert.Equal(1, before.Opened);
        Assert.True(world.Relay.Circuits.Bytes > before.Bytes + (1 << 20));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Where_UDP_does_not_pass_it_goes_by_the_connection(bool blocksA, bool blocksB)
    {
        var world = new SimWorld(10) { HasLinks = true, HasHardNats = true };
        var a = world.AddDevice("a", lan: blocksA ? new SimLan("a", new Blocked()) : null);
        var b = world.AddDevice("b", lan: blocksB ? new SimLan("b", new Blocked()) : null);
        world.Pair(a, b);
        FetchesAtOnce(a, b);
        var text = Large(1 << 20);
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(15), "B's clipboard");
        Assert.Equal(0, world.Relay.BlobsEverStored);
        Assert.Equal(!blocksA, world.Relay.Circuits.ByUdp > 500_000);
    }

    [Fact]
    public void UDP_that_is_cut_in_the_middle_costs_seconds()
    {
        var gate = new Blocked { IsOpen = true };
        var world = new SimWorld(11) { HasLinks = true, HasHardNats = true };
        var a = world.AddDevice("a", lan: new SimLan("a", gate));
        var b = world.AddDevice("b");
        world.Pair(a, b);
        FetchesAtOnce(a, b);
        var text = Large(3_000_000);
        Copy(a, text);
        world.Scheduler.RunUntil(
            () => world.Relay.Circuits.ByUdp > 1_000_000,
            TimeSpan.FromSeconds(10),
            "a part of it by UDP"
        );
        gate.IsOpen = false;
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(60), "B's clipboard");
    }

    [Fact]
    public void Both_may_fetch_at_once()
    {
        var (world, a, b) = Paired(2);
        var (one, other) = (Large(1 << 20), Large((1 << 20) + 2));
        Copy(a, one);
        Copy(b, other);
        world.Scheduler.RunUntil(
            () => a.History.Count(IsWhole) >= 3 && b.History.Count(IsWhole) >= 3,
            TimeSpan.FromSeconds(10),
            "both clips at both",
            every: 64
        );
        Assert.Equal(0, world.Relay.BlobsEverStored);
    }

    [Fact]
    public void A_circuit_that_nobody_uses_ends_by_itself_and_the_next_copy_opens_another()
    {
        var (world, a, b) = Paired(3);
        var text = Large(200_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(10), "B's clipboard");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(3));
        var passed = world.Relay.Circuits;
        Assert.Equal(0, passed.Open);
        world.Scheduler.RunFor(TimeSpan.FromHours(1));
        // An idle hour costs nothing.
        Assert.Equal(passed, world.Relay.Circuits);

        text = Large(210_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(10), "B's clipboard");
        Assert.Equal((2, 0), (world.Relay.Circuits.Opened, world.Relay.BlobsEverStored));
    }

    [Theory]
    [InlineData(0)] // before B asked for it
    [InlineData(20)] // in the handshake, or a little later
    [InlineData(60)] // while it is on its way
    public void A_relay_that_restarts_in_the_middle_loses_nothing(int frames)
    {
        var (world, a, b) = Paired(4);
        var text = Large(3_000_000);
        var before = b.History.Count;
        Copy(a, text);
        world.Scheduler.RunUntil(
            () => b.History.Count > before,
            TimeSpan.FromSeconds(5),
            "the clip without its content"
        );
        var sent = world.Net.Frames;
        world.Scheduler.RunUntil(() => world.Net.Frames >= sent + frames, TimeSpan.FromSeconds(5), "a part of it");
        Assert.NotEqual(text, b.Text);
        world.Relay.Kill();
        world.Scheduler.RunFor(TimeSpan.FromSeconds(2));
        world.Relay.Start();

        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(30), "B's clipboard");
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromSeconds(10), "the receipt");
    }

    [Fact]
    public void Who_goes_away_in_the_middle_gets_it_when_it_is_back()
    {
        var (world, a, b) = Paired(5);
        var text = Large(3_000_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => world.Relay.Circuits.Bytes > 500_000, TimeSpan.FromSeconds(5), "a part of it");
        b.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        b.Start();
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(30), "B's clipboard");
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromSeconds(10), "the receipt");
    }

    [Fact]
    public void What_is_copied_while_a_peer_is_away_waits_at_the_relay()
    {
        var (world, a, b) = Paired(6);
        b.Kill();
        var text = Large(300_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => world.Relay.BlobsEverStored == 1, TimeSpan.FromMinutes(1), "the upload");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        a.Kill();
        b.Start();
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromMinutes(1), "B's clipboard");
    }

    [Fact]
    public void A_circuit_that_is_closed_under_a_link_ends_it_at_once()
    {
        var (world, a, b) = Paired(12);
        var text = Large(3_000_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => world.Relay.Circuits.Bytes > 1_000_000, TimeSpan.FromSeconds(5), "a part of it");
        world.Net.Break("relay");
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(15), "B's clipboard");
    }

    [Fact]
    public void For_a_peer_that_sleeps_without_a_word_it_waits_at_the_relay_too()
    {
        var (world, a, b) = Paired(9);
        // The relay believes it there, for 75 s.
        world.Net.Cut("b");
        var text = Large(300_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => world.Relay.BlobsEverStored == 1, TimeSpan.FromMinutes(1), "the upload");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        a.Kill();
        world.Net.Heal("b");
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromMinutes(3), "B's clipboard");
    }

    [Fact]
    public void A_relay_without_circuits_stores_it()
    {
        var (world, a, b) = Paired(7, hasCircuits: false);
        var text = Large(300_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(10), "B's clipboard");
        Assert.Equal(1, world.Relay.BlobsEverStored);
        Assert.Equal(default, world.Relay.Circuits);
    }

    [Fact]
    public void A_device_that_is_removed_loses_its_circuit_link()
    {
        var (world, a, b) = Paired(8);
        var text = Large(3_000_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => world.Relay.Circuits.Bytes > 500_000, TimeSpan.FromSeconds(5), "a part of it");
        a.Call(control => control.UnpairAsync(b.Id.ToString(), [], CancellationToken.None));
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Assert.NotEqual(text, b.Text);
        Assert.Equal(0, world.Relay.Circuits.Open);
    }

    private static (SimWorld World, SimDevice A, SimDevice B) Paired(ulong seed, bool hasCircuits = true)
    {
        var world = new SimWorld(seed) { HasLinks = true, HasHardNats = true };
        if (!hasCircuits)
        {
            world.Relay.Kill();
            world.Relay.HasCircuits = false;
            world.Relay.Start();
        }
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        FetchesAtOnce(a, b);
        Copy(a, "first");
        world.Scheduler.RunUntil(() => b.Text == "first", TimeSpan.FromMinutes(1), "the first clip");
        return (world, a, b);
    }

    /// <summary>A hard NAT, and a firewall that lets UDP pass or not.</summary>
    private sealed class Blocked : ISimGateway
    {
        private readonly SimNat _nat = new(IPAddress.Parse("203.0.113.99"), isHard: true);

        public bool IsOpen { get; set; }

        public IReadOnlyList<IPAddress> Addresses => _nat.Addresses;

        public SimDatagram? Leave(SimDatagram datagram) => IsOpen ? _nat.Leave(datagram) : null;

        public SimDatagram? Enter(SimDatagram datagram) => IsOpen ? _nat.Enter(datagram) : null;
    }

    private static bool IsWhole(StoredClip stored) => stored.State == ClipState.Complete;
}
