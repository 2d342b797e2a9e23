using System.Net;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>Datagrams over the simulated net: each property of a link, LANs, gateways, and that all of it replays.</summary>
public sealed class SimDatagramTests
{
    private const int Sent = 1000;

    private static readonly SimLink Straight = new() { Delay = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.Zero };

    private readonly SimScheduler _scheduler = new();
    private readonly SimNet _net;

    public SimDatagramTests() => _net = NewNet(_scheduler, 1);

    [Fact]
    public void A_datagram_arrives_after_the_delay_from_where_it_was_sent()
    {
        var (a, b) = Two(Straight);

        a.Socket.SendTo("hello"u8, b.Socket.Local);
        Assert.Empty(b.Heard);
        _scheduler.RunFor(TimeSpan.FromMilliseconds(10));

        var heard = Assert.Single(b.Heard);
        Assert.Equal("hello"u8.ToArray(), heard.Payload.ToArray());
        Assert.Equal(a.Socket.Local, heard.From);
        Assert.Equal(TimeSpan.FromMilliseconds(10).Ticks, b.At[0]);
    }

    [Fact]
    public void Both_families_have_addresses_and_a_port_of_zero_gets_one()
    {
        _net.AddNode("a", null, IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1"));
        _net.AddNode("b", null, IPAddress.Parse("2001:db8::2"));
        var a = Listen("a", new IPEndPoint(IPAddress.IPv6Any, 0));
        var b = Listen("b", new IPEndPoint(IPAddress.Parse("2001:db8::2"), 443));

        a.Socket.SendTo([1], b.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        b.Socket.SendTo([2], Assert.Single(b.Heard).From);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(new IPEndPoint(IPAddress.Parse("2001:db8::1"), a.Socket.Local.Port), b.Heard[0].From);
        Assert.Equal([2], Assert.Single(a.Heard).Payload.ToArray());
        Assert.NotEqual(a.Socket.Local.Port, Listen("a", new IPEndPoint(IPAddress.IPv6Any, 0)).Socket.Local.Port);
        Assert.Throws<InvalidOperationException>(() => Listen("b", new IPEndPoint(IPAddress.IPv6Any, 443)));
        Assert.Throws<InvalidOperationException>(() => b.Socket.SendTo([1], new IPEndPoint(IPAddress.Loopback, 1)));
        Assert.Throws<InvalidOperationException>(() => _net.AddNode("c", null, IPAddress.Parse("192.0.2.1")));
    }

    [Fact]
    public void Loss_is_as_often_as_the_link_says()
    {
        var numbers = SendMany(Straight with { Loss = 0.2 });

        Assert.InRange(numbers.Count, Sent * 0.75, Sent * 0.85);
        Assert.Equal(numbers.Order(), numbers);
        Assert.Equal(numbers.Distinct(), numbers);
    }

    [Fact]
    public void Duplicates_are_as_often_as_the_link_says()
    {
        var numbers = SendMany(Straight with { Duplication = 0.1 });

        Assert.InRange(numbers.Count, Sent * 1.07, Sent * 1.13);
        Assert.Equal(Sent, numbers.Distinct().Count());
        Assert.Equal(numbers.Order(), numbers);
    }

    [Fact]
    public void Jitter_keeps_the_order_and_reordering_breaks_it()
    {
        var jittered = SendMany(Straight with { Jitter = TimeSpan.FromMilliseconds(40) });
        Assert.Equal(Enumerable.Range(0, Sent), jittered);

        var reordered = Fresh(2).SendMany(Straight with { Reordering = 0.1 });
        Assert.Equal(Enumerable.Range(0, Sent), reordered.Order());
        var overtaken = reordered.Zip(reordered.Skip(1)).Count(pair => pair.Second < pair.First);
        Assert.InRange(overtaken, Sent * 0.05, Sent * 0.15);
    }

    [Theory]
    [InlineData(1472, true)]
    [InlineData(1473, false)]
    public void What_is_larger_than_the_link_vanishes(int size, bool arrives)
    {
        var (a, b) = Two(Straight);

        a.Socket.SendTo(new byte[size], b.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(arrives, b.Heard.Count == 1);
    }

    [Fact]
    public void A_slow_link_queues_and_then_drops()
    {
        // Ten packets of 1,000 bytes a second, and half a second of queue.
        var (a, b) = Two(Straight with { BytesPerSecond = 10_000, Queue = TimeSpan.FromMilliseconds(500) });
        for (var i = 0; i < 20; i++)
        {
            a.Socket.SendTo(new byte[972], b.Socket.Local);
        }
        _scheduler.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(6, b.Heard.Count);
        Assert.Equal(Enumerable.Range(1, 6).Select(i => TimeSpan.FromMilliseconds((i * 100) + 10).Ticks), b.At);
    }

    [Fact]
    public void A_partition_swallows_what_is_sent_and_what_is_under_way()
    {
        var (a, b) = Two(Straight);

        a.Socket.SendTo([1], b.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromMilliseconds(5));
        _net.Cut("a", "b");
        a.Socket.SendTo([2], b.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        _net.Heal("a", "b");
        _net.Cut("b");
        a.Socket.SendTo([3], b.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        _net.Heal("b");
        a.Socket.SendTo([4], b.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal([4], Assert.Single(b.Heard).Payload.ToArray());
    }

    [Fact]
    public void A_dead_process_sends_and_hears_nothing_and_frees_its_port()
    {
        var (a, b) = Two(Straight);

        a.Socket.SendTo([1], b.Socket.Local);
        b.Context.Kill();
        _net.Break("b");
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        b.Socket.SendTo([2], a.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(b.Heard);
        Assert.Empty(a.Heard);

        var again = Listen("b", b.Socket.Local);
        a.Socket.SendTo([3], again.Socket.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        Assert.Single(again.Heard);
    }

    [Fact]
    public void Multicast_is_heard_on_the_LAN_by_those_who_joined()
    {
        var group = new IPEndPoint(IPAddress.Parse("224.0.0.251"), 5353);
        var home = new SimLan("home", null);
        _net.AddNode("a", home, IPAddress.Parse("10.0.0.1"));
        _net.AddNode("b", home, IPAddress.Parse("10.0.0.2"));
        _net.AddNode("elsewhere", new SimLan("office", null), IPAddress.Parse("10.0.0.2"));
        var any = new IPEndPoint(IPAddress.Any, group.Port);
        var (a, b, other) = (Listen("a", any, shared: true), Listen("b", any, shared: true), Listen("elsewhere", any));
        var second = Listen("b", any, shared: true);
        var deaf = Listen("b", new IPEndPoint(IPAddress.Any, 5354));
        foreach (var one in new[] { a, b, other, second, deaf })
        {
            one.Socket.Join(group.Address);
        }
        second.Socket.Leave(group.Address);

        a.Socket.SendTo([1], group);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal("10.0.0.1", Assert.Single(b.Heard).From.Address.ToString());
        // Its own node hears it too.
        Assert.Single(a.Heard);
        Assert.Empty(second.Heard);
        Assert.Empty(other.Heard);
        Assert.Empty(deaf.Heard);
    }

    [Fact]
    public void A_gateway_stands_between_a_LAN_and_the_rest()
    {
        var home = new SimLan("home", new Nat(IPAddress.Parse("198.51.100.1")));
        _net.AddNode("a", home, IPAddress.Parse("10.0.0.1"));
        _net.AddNode("near", home, IPAddress.Parse("10.0.0.2"));
        _net.AddNode("server", null, IPAddress.Parse("192.0.2.1"));
        _net.AddNode("stranger", null, IPAddress.Parse("192.0.2.2"));
        var a = Listen("a", new IPEndPoint(IPAddress.Any, 4000));
        var near = Listen("near", new IPEndPoint(IPAddress.Any, 4000));
        var server = Listen("server", new IPEndPoint(IPAddress.Any, 3478));
        var stranger = Listen("stranger", new IPEndPoint(IPAddress.Any, 3478));

        a.Socket.SendTo([1], new IPEndPoint(IPAddress.Parse("10.0.0.2"), 4000));
        a.Socket.SendTo([2], new IPEndPoint(IPAddress.Parse("192.0.2.1"), 3478));
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        var seen = Assert.Single(server.Heard).From;
        server.Socket.SendTo([3], seen);
        stranger.Socket.SendTo([4], seen);
        // Private addresses lead nowhere from outside.
        stranger.Socket.SendTo([5], new IPEndPoint(IPAddress.Parse("10.0.0.1"), 4000));
        _scheduler.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal("10.0.0.1", Assert.Single(near.Heard).From.Address.ToString());
        Assert.Equal("198.51.100.1", seen.Address.ToString());
        Assert.Equal([3], Assert.Single(a.Heard).Payload.ToArray());
    }

    [Fact]
    public void The_same_seed_is_the_same_to_the_byte_and_another_is_not()
    {
        var rough = new SimLink
        {
            Loss = 0.1,
            Duplication = 0.1,
            Reordering = 0.2,
            BytesPerSecond = 50_000,
        };
        string Run(ulong seed)
        {
            var world = Fresh(seed);
            world.SendMany(rough);
            return world._net.LogDigest;
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void Streams_draw_the_same_beside_datagrams()
    {
        static long Run(bool datagrams)
        {
            var world = new SimWorld(1);
            if (datagrams)
            {
                world.Net.AddNode("x", null, IPAddress.Parse("192.0.2.1"));
                var socket = world.Net.Bind(
                    "x",
                    new SimContext(world.Scheduler, "x"),
                    new IPEndPoint(IPAddress.Any, 1)
                );
                for (var i = 0; i < 100; i++)
                {
                    socket.SendTo([1], new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1));
                }
            }
            world.Pair(world.AddDevice("a"), world.AddDevice("b"));
            return world.Scheduler.Ticks;
        }

        Assert.Equal(Run(false), Run(true));
    }

    private static SimDatagramTests Fresh(ulong seed) => new(seed);

    private SimDatagramTests(ulong seed) => _net = NewNet(_scheduler, seed);

    private static SimNet NewNet(SimScheduler scheduler, ulong seed) =>
        new(scheduler, new SimContext(scheduler, "wires"), seed);

    private (Ear A, Ear B) Two(SimLink link)
    {
        _net.AddNode("a", null, IPAddress.Parse("192.0.2.1"));
        _net.AddNode("b", null, IPAddress.Parse("192.0.2.2"));
        _net.SetLink("a", "b", link);
        return (
            Listen("a", new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1)),
            Listen("b", new IPEndPoint(IPAddress.Parse("192.0.2.2"), 2))
        );
    }

    /// <summary>A thousand datagrams, one every 10 ms; the numbers of those that arrive, as they do.</summary>
    private List<int> SendMany(SimLink link)
    {
        var (a, b) = Two(link);
        for (var i = 0; i < Sent; i++)
        {
            a.Socket.SendTo(BitConverter.GetBytes(i), b.Socket.Local);
            _scheduler.RunFor(TimeSpan.FromMilliseconds(10));
        }
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        return [.. b.Heard.Select(heard => BitConverter.ToInt32(heard.Payload.Span))];
    }

    private Ear Listen(string node, IPEndPoint local, bool shared = false)
    {
        var context = new SimContext(_scheduler, node);
        var ear = new Ear(_net.Bind(node, context, local, shared), context);
        ear.Socket.Hears = datagram =>
        {
            Assert.Same(context, SynchronizationContext.Current);
            ear.Heard.Add(datagram);
            ear.At.Add(_scheduler.Ticks);
        };
        return ear;
    }

    private sealed record Ear(SimUdpSocket Socket, SimContext Context)
    {
        public List<SimDatagram> Heard { get; } = [];

        public List<long> At { get; } = [];
    }

    /// <summary>One public address; lets in only who was written to (RFC 4787: address-dependent filtering).</summary>
    private sealed class Nat(IPAddress outside) : ISimGateway
    {
        private readonly List<(IPEndPoint Inside, int Port, HashSet<IPAddress> Peers)> _mappings = [];

        public IReadOnlyList<IPAddress> Addresses => [outside];

        public SimDatagram? Leave(SimDatagram datagram)
        {
            var mapping = _mappings.Find(mapping => mapping.Inside.Equals(datagram.From));
            if (mapping.Peers is null)
            {
                mapping = (datagram.From, 60_000 + _mappings.Count, []);
                _mappings.Add(mapping);
            }
            mapping.Peers.Add(datagram.To.Address);
            return datagram with { From = new IPEndPoint(outside, mapping.Port) };
        }

        public SimDatagram? Enter(SimDatagram datagram)
        {
            var mapping = _mappings.Find(mapping => mapping.Port == datagram.To.Port);
            return mapping.Peers?.Contains(datagram.From.Address) == true
                ? datagram with
                {
                    To = mapping.Inside,
                }
                : null;
        }
    }
}
