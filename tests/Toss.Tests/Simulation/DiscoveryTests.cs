using System.Net;
using Toss.Net;
using Toss.Net.Mdns;
using Toss.Testing;
using Toss.Testing.Simulation;
using Toss.Transport.Mdns;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Devices that find each other by multicast.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public void Two_paired_devices_that_reach_no_relay_find_a_link_and_share_over_it()
    {
        var (world, a, b) = Apart(1);
        var started = world.Scheduler.Ticks;
        b.Start();
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(5), "a link");
        var took = TimeSpan.FromTicks(world.Scheduler.Ticks - started);
        Share(world, a, b, "over the network alone");
        Share(world, b, a, "and back");
        // Probing takes 0.75 s, and nobody is dialled before what is announced is ours.
        Assert.True(took < TimeSpan.FromSeconds(2), $"{took}");
    }

    [Fact]
    public void Who_comes_late_finds_who_is_there_at_whatever_hour()
    {
        var (world, a, b) = Apart(2);
        world.Scheduler.RunFor(TimeSpan.FromHours(5) + TimeSpan.FromMinutes(20));
        b.Start();
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(5), "a link");
        Share(world, a, b, "hours later");
    }

    [Fact]
    public void A_link_that_was_lost_comes_back_without_a_relay()
    {
        var (world, a, b) = Apart(3);
        b.Start();
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(5), "a link");
        world.Net.Cut("a", "b");
        world.Scheduler.RunFor(TimeSpan.FromHours(2));
        Assert.Null(PathOf(a));
        world.Net.Heal("a", "b");
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromMinutes(2), "a link");
        Share(world, b, a, "together again");
    }

    [Fact]
    public void A_device_that_is_killed_and_started_is_found_at_its_new_port()
    {
        var (world, a, b) = Apart(4);
        for (var life = 0; life < 3; life++)
        {
            b.Start();
            world.Scheduler.RunUntil(
                () => PathOf(a) == "lan" && PathOf(b) == "lan",
                TimeSpan.FromSeconds(60),
                $"a link in life {life}"
            );
            Share(world, a, b, $"life {life}");
            b.Kill();
            world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void A_device_without_companions_says_nothing()
    {
        var world = new SimWorld(5) { HasLinks = true, HasMulticast = true };
        var heard = Listen(world, out _);
        world.AddDevice("lonely");
        world.Scheduler.RunFor(TimeSpan.FromHours(3));
        Assert.Empty(heard);
    }

    /// <summary>The figure of docs/protocol/discovery.md, over the simulated network.</summary>
    [Fact]
    public void Twenty_devices_say_less_than_ten_things_an_hour_each()
    {
        const int Devices = 20;
        var world = new SimWorld(6) { HasLinks = true, HasMulticast = true };
        var heard = Listen(world, out _);
        var news = new List<News>();
        for (var i = 0; i < Devices; i++)
        {
            var (name, self) = ($"d{i}", i);
            world.Net.AddNode(name, world.Lan, new IPAddress([192, 168, 1, (byte)(10 + i)]));
            var process = new SimContext(world.Scheduler, name);
            var clock = new SimClock(world.Scheduler, process);
            var context = new NetworkContext(
                clock,
                new SeededRandomSource((ulong)i),
                new NetworkOptions { Run = static loop => loop() }
            );
            var others = Enumerable.Range(0, Devices).Where(other => other != self).Select(PeerOf);
            var mine = new News();
            news.Add(mine);
            process.Post(
                _ =>
                    new LanFinder(context, new SimMulticastSockets(world.Net, name, process), mine).Configure(
                        new LanBeacon([PeerOf(self).BeaconKey], new LanPorts((ushort)(1000 + self), 0), [.. others]),
                        TimeSpan.Zero
                    ),
                null
            );
        }
        world.Scheduler.RunFor(TimeSpan.FromHours(1));
        var first = heard.Count / (double)Devices;
        heard.Clear();
        world.Scheduler.RunFor(TimeSpan.FromHours(10));
        var later = heard.Count / (double)Devices / 10;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"messages each: {first} in the first hour, {later} in a later one"
        );

        Assert.All(news, one => Assert.Equal(Devices - 1, one.Seen.Count(seen => seen.Value.Count > 0)));
        Assert.InRange(first, 5, 30);
        Assert.InRange(later, 5, 10);

        static LanPeer PeerOf(int i) => new(new DeviceId(0, (ulong)i), Enumerable.Repeat((byte)i, 16).ToArray());
    }

    [Fact]
    public void Neighbours_that_shout_nonsense_all_day_change_nothing()
    {
        var (world, a, b) = Apart(7);
        Listen(world, out var neighbour);
        var random = new Random(7);
        var group = MdnsNames.GroupOf(isV6: false);
        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 20; i++)
            {
                var bytes = new byte[random.Next(1, 200)];
                random.NextBytes(bytes);
                neighbour.SendTo(bytes, group);
                neighbour.SendTo(Lie(random), group);
            }
            world.Scheduler.RunFor(TimeSpan.FromSeconds(1));
        }
        b.Start();
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(10), "a link");
        Share(world, a, b, "all the same");
    }

    /// <summary>Paired by a relay that nobody reaches any more; A is up, B is down.</summary>
    private static (SimWorld World, SimDevice A, SimDevice B) Apart(ulong seed)
    {
        var world = new SimWorld(seed) { HasLinks = true, HasMulticast = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        Copy(a, "first");
        world.Scheduler.RunUntil(() => b.Text == "first", TimeSpan.FromMinutes(1), "the first clip");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        a.Kill();
        b.Kill();
        world.Net.Cut("relay");
        a.Start();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        return (world, a, b);
    }

    private static List<SimDatagram> Listen(SimWorld world, out SimUdpSocket socket)
    {
        var heard = new List<SimDatagram>();
        world.Net.AddNode("listener", world.Lan, IPAddress.Parse("192.168.1.250"));
        var process = new SimContext(world.Scheduler, "listener");
        socket = world.Net.Bind("listener", process, new IPEndPoint(IPAddress.Any, MdnsNames.Port), shared: true);
        socket.Join(MdnsNames.GroupV4);
        socket.Hears = heard.Add;
        return heard;
    }

    /// <summary>An instance of nobody's, at an address of the network.</summary>
    private static byte[] Lie(Random random)
    {
        var label = random.NextInt64().ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        var (instance, host) = (MdnsNames.Links.Below(label), MdnsNames.Local.Below(label));
        var writer = new DnsWriter(isResponse: true);
        writer.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, instance));
        writer.TryAddAnswer(DnsRecord.Service(instance, (ushort)random.Next(1, 65536), host));
        writer.TryAddAnswer(DnsRecord.Text(instance, System.Text.Encoding.ASCII.GetBytes("t=" + label)));
        writer.TryAddAnswer(DnsRecord.Address(host, new IPAddress([192, 168, 1, (byte)random.Next(1, 255)])));
        return writer.ToArray();
    }

    private static void Share(SimWorld world, SimDevice from, SimDevice to, string text)
    {
        Copy(from, text);
        world.Scheduler.RunUntil(() => to.Text == text, TimeSpan.FromSeconds(5), text);
    }

    private sealed class News : ILanNews
    {
        public Dictionary<DeviceId, IReadOnlyList<IPEndPoint>> Seen { get; } = [];

        public void PeerSeen(DeviceId peer, IReadOnlyList<IPEndPoint> endPoints) => Seen[peer] = endPoints;

        public void SlotSeen(ReadOnlyMemory<byte> slot, IReadOnlyList<IPEndPoint> endPoints) { }
    }
}
