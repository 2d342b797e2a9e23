using System.Net;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>Migration, rebinding, spoofing, PMTU (RFC 9000 §8, §9, §14).</summary>
public sealed class PathTests
{
    private static readonly IPAddress Second = IPAddress.Parse("192.0.2.3");

    [Fact]
    public void A_client_looks_first_and_then_moves_and_the_server_follows()
    {
        var pair = new QuicPair().Connect();
        pair.Client.Bind(new IPEndPoint(Second, 2000));
        var other = pair.ToServer with { Carrier = 1 };
        pair.RunFor(1);

        Assert.True(pair.AtClient!.TryProbe(other, pair.Client.Now));
        pair.Client.Touch(pair.AtClient);
        pair.RunFor(1);
        Assert.Equal(other, QuicPair.Only<ConnectionEvent.PathValidated>(pair.ClientTraffic).Path);
        Assert.Equal(pair.ToServer, pair.AtClient.Path);
        Assert.Equal(1000, pair.AtServer!.Path.Port);

        Assert.True(pair.AtClient.TryMigrate(other, pair.Client.Now));
        pair.ClientTraffic.Send(300_000);
        pair.ServerTraffic.Send(300_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 20, "the transfer");

        Assert.Equal(other, pair.AtClient.Path);
        Assert.Equal(2000, pair.AtServer.Path.Port);
        Assert.Contains(pair.ServerTraffic.Events.OfType<ConnectionEvent.PathChanged>(), change => change.ByPeer);
        Assert.Contains(pair.ServerTraffic.Events.OfType<ConnectionEvent.PathValidated>(), e => e.Path.Port == 2000);
    }

    [Fact]
    public void Paths_share_no_connection_id()
    {
        var pair = new QuicPair().Connect();
        pair.Client.Bind(new IPEndPoint(Second, 2000));
        var seen = new Dictionary<(string From, int Port), HashSet<ConnectionId>>();
        pair.Client.Sends = (sent, bytes) => Note("client", sent.Path.Carrier, bytes);
        pair.Server.Sends = (sent, bytes) => Note("server", sent.Path.Port, bytes);

        pair.RunFor(1);
        pair.ClientTraffic.Send(20_000);
        pair.Push();
        pair.RunFor(1);
        Assert.True(pair.AtClient!.TryMigrate(pair.ToServer with { Carrier = 1 }, pair.Client.Now));
        pair.ClientTraffic.Send(20_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 20, "the transfer");

        Assert.Empty(seen[("client", 0)].Intersect(seen[("client", 1)]));
        Assert.Empty(seen[("server", 1000)].Intersect(seen[("server", 2000)]));

        bool Note(string from, int where, ReadOnlyMemory<byte> bytes)
        {
            if (PacketHeader.TryRead(bytes.Span, 8, false, out var header) && header.Type == PacketType.OneRtt)
            {
                if (!seen.TryGetValue((from, where), out var ids))
                {
                    seen[(from, where)] = ids = [];
                }
                ids.Add(header.Destination);
            }
            return true;
        }
    }

    [Fact]
    public void A_path_that_disappears_in_mid_transfer_is_left_for_another_without_loss()
    {
        var pair = new QuicPair().Connect();
        pair.Client.Bind(new IPEndPoint(Second, 2000));
        pair.RunFor(1);
        pair.ClientTraffic.Send(2_000_000);
        pair.ServerTraffic.Send(2_000_000);
        pair.Push();
        pair.RunUntil(() => pair.ServerTraffic.BytesRead > 300_000, 20, "the beginning");

        // Nothing from or to the first address any more.
        pair.Client.Sends = (sent, _) => sent.Path.Carrier == 1;
        pair.Server.Sends = (sent, _) => sent.Path.Port == 2000;
        pair.RunFor(0.5);
        Assert.True(pair.AtClient!.TryMigrate(pair.ToServer with { Carrier = 1 }, pair.Client.Now));
        pair.Client.Touch(pair.AtClient);

        pair.RunUntil(() => pair.IsDone, 60, "the transfer");
    }

    [Fact]
    public void A_NAT_that_forgets_is_noticed_by_the_server_which_keeps_what_it_knows_of_the_way()
    {
        var pair = new QuicPair().Connect();
        pair.ServerTraffic.Send(400_000, unidirectional: true);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 20, "the transfer");
        var window = pair.AtServer!.Recovery.Path(pair.AtServer.Recovery.ActivePath).Congestion.Window;
        Assert.True(window > 40_000);

        pair.Client.Rebind(0);
        pair.ClientTraffic.Send(3000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 20, "the transfer");

        Assert.Equal(pair.Client.Local().Port, pair.AtServer.Path.Port);
        var after = pair.AtServer.Recovery.Path(pair.AtServer.Recovery.ActivePath).Congestion.Window;
        Assert.True(after >= window / 2, $"{window} became {after}");
    }

    [Fact]
    public void A_client_that_could_not_be_reached_for_a_while_is_answered_where_much_was_sent_before()
    {
        var pair = new QuicPair(client: options => options with { KeepAlive = TimeSpan.FromSeconds(1) }).Connect();
        pair.Client.Bind(new IPEndPoint(Second, 2000));
        pair.ServerTraffic.Send(400_000, unidirectional: true);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 20, "the transfer");
        var first = pair.AtServer!.Path;

        // To and fro: the server asks whether the client is still at the first address, and no answer can come.
        var cut = false;
        pair.Server.Sends = (_, _) => !(cut |= pair.AtServer.Path.Port == 2000);
        Migrate(1);
        pair.RunUntil(() => cut, 5, "the server to follow");
        Migrate(0);
        pair.RunUntil(() => !pair.AtServer.IsAtAddress(first), 30, "the server to give it up");
        pair.Server.Sends = static (_, _) => true;
        pair.ServerTraffic.Send(400_000, unidirectional: true);
        pair.Push();

        pair.RunUntil(() => pair.IsDone, 20, "the transfer after it");

        void Migrate(int carrier)
        {
            Assert.True(pair.AtClient!.TryMigrate(pair.ToServer with { Carrier = carrier }, pair.Client.Now));
            pair.ClientTraffic.Send(100, unidirectional: true);
            pair.Push();
        }
    }

    [Fact]
    public void Who_copies_packets_from_elsewhere_gets_little_and_soon_nothing()
    {
        var pair = new QuicPair().Connect();
        pair.Net.AddNode("attacker", null, IPAddress.Parse("198.51.100.1"));
        var attacker = new SimQuicHost(
            pair.Scheduler,
            pair.Net,
            "attacker",
            new() { Key = new byte[32], SendsResets = false },
            55
        );
        attacker.Bind(new IPEndPoint(IPAddress.Parse("198.51.100.1"), 666));
        var heard = 0L;
        var sent = 0L;
        pair.Server.Sends = (to, bytes) =>
        {
            heard += to.Path.Port == 666 ? bytes.Length : 0;
            return true;
        };
        // It is faster than the client: what the client sends arrives from there first.
        var copies = true;
        pair.Client.Sends = (_, bytes) =>
        {
            if (copies)
            {
                sent += bytes.Length;
                attacker.SendRaw(bytes.Span, pair.Server.Local());
            }
            return true;
        };
        pair.Net.SetLink("attacker", "server", QuicPair.Straight with { Delay = TimeSpan.FromMilliseconds(1) });

        pair.ServerTraffic.Send(500_000, unidirectional: true);
        pair.ClientTraffic.Send(100_000, unidirectional: true);
        pair.Push();
        pair.RunFor(3);
        copies = false;
        pair.RunUntil(() => pair.IsDone, 60, "the transfer");

        Assert.True(heard <= 3 * sent, $"{heard} for {sent}");
        Assert.Equal(1000, pair.AtServer!.Path.Port);
        Assert.Contains(pair.ServerTraffic.Events.OfType<ConnectionEvent.PathChanged>(), e => e.Path.Port == 666);
        Assert.Null(pair.AtServer.Closed);
    }

    [Fact]
    public void A_server_sends_three_times_what_came_until_the_client_answers()
    {
        var (received, sent) = (0, 0);
        var pair = new QuicPair();
        // One datagram, as from somebody who put another's address on it; what it sends again does not come.
        pair.Client.Sends = (_, bytes) =>
        {
            var isFirst = received == 0;
            received += isFirst ? bytes.Length : 0;
            return isFirst;
        };
        // Nothing reaches the client.
        pair.Server.Sends = (_, bytes) =>
        {
            sent += bytes.Length;
            Assert.True(sent <= 3 * received, $"{sent} for {received}");
            return false;
        };
        pair.Dial();
        pair.RunFor(8);

        Assert.True(sent >= 1200);
        Assert.False(pair.AtServer!.IsConfirmed);
    }

    [Theory]
    [InlineData(1500, 1452)]
    [InlineData(1400, 1372)]
    [InlineData(1228, 1200)]
    public void The_largest_datagram_that_a_path_carries_is_found(int mtu, int expected)
    {
        var pair = new QuicPair(link: QuicPair.Straight with { Mtu = mtu }).Connect();
        pair.ClientTraffic.Send(500_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 30, "the transfer");
        pair.RunFor(5);

        Assert.InRange(pair.AtClient!.DatagramSize, Math.Max(1200, expected - 16), expected);
        Assert.InRange(pair.AtServer!.DatagramSize, Math.Max(1200, expected - 16), expected);
    }

    [Fact]
    public void A_path_that_shrinks_carries_on_with_small_datagrams()
    {
        var pair = new QuicPair().Connect();
        pair.ClientTraffic.Send(300_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 30, "the transfer");
        Assert.Equal(1452, pair.AtClient!.DatagramSize);

        pair.Net.Link = QuicPair.Straight with { Mtu = 1300 };
        pair.ClientTraffic.Send(300_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 30, "the transfer");

        Assert.InRange(pair.AtClient.DatagramSize, 1200, 1272);
    }

    [Fact]
    public void Each_side_learns_where_the_other_sees_it()
    {
        var pair = new QuicPair(
            client: options => options with { AddressDiscovery = AddressDiscovery.Both },
            server: options => options with { AddressDiscovery = AddressDiscovery.Both }
        ).Connect();
        pair.RunFor(1);

        var atClient = QuicPair.Only<ConnectionEvent.AddressObserved>(pair.ClientTraffic);
        Assert.Equal(
            SocketAddresses.ToPath(pair.Client.Local(), 0),
            new NetworkPath(0, atClient.Address, atClient.Port)
        );
        var atServer = QuicPair.Only<ConnectionEvent.AddressObserved>(pair.ServerTraffic);
        Assert.Equal(pair.ToServer, new NetworkPath(0, atServer.Address, atServer.Port));

        pair.Client.Rebind(0);
        pair.ClientTraffic.Send(10);
        pair.Push();
        pair.RunFor(1);
        Assert.Equal(
            pair.Client.Local().Port,
            pair.ClientTraffic.Events.OfType<ConnectionEvent.AddressObserved>().Last().Port
        );
    }

    [Fact]
    public void A_path_that_carries_marks_is_told_of_congestion_without_loss()
    {
        var link = QuicPair.Straight with
        {
            BytesPerSecond = 1_000_000,
            Queue = TimeSpan.FromSeconds(2),
            MarksAbove = TimeSpan.FromMilliseconds(20),
        };
        var pair = new QuicPair(
            link: link,
            client: options => options with { Congestion = CongestionControl.NewReno, SendCapacity = 4 << 20 },
            server: options =>
                options with
                {
                    Limits = options.Limits with { Data = 4 << 20, Unidirectional = 4 << 20 },
                }
        ).Connect();
        pair.ClientTraffic.Send(3_000_000, unidirectional: true);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 30, "the transfer");

        var path = pair.AtClient!.Recovery.Path(pair.AtClient.Recovery.ActivePath);
        Assert.Equal(EcnState.Capable, path.Ecn.State);
        Assert.True(pair.AtServer!.Recovery.LostPackets + pair.AtClient.Recovery.LostPackets == 0);
        // Without marks it would have filled the queue of two seconds.
        Assert.InRange(path.Congestion.Window, 2400, 300_000);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_path_that_erases_or_drops_marks_is_used_without(bool bleaches, bool drops)
    {
        var link = QuicPair.Straight with { BleachesEcn = bleaches, DropsEcn = drops };
        var pair = new QuicPair(link: link);
        pair.Connect();
        pair.ClientTraffic.Send(200_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 30, "the transfer");

        Assert.Equal(EcnMark.NotEct, pair.AtClient!.Recovery.Path(0).Ecn.Mark);
        Assert.InRange(TimeSpan.FromTicks(pair.Scheduler.Ticks).TotalSeconds, 0, 10);
    }

    [Fact]
    public void A_server_that_forbids_it_is_not_left()
    {
        var pair = new QuicPair(server: options => options with { DisablesMigration = true }).Connect();
        pair.Client.Bind(new IPEndPoint(Second, 2000));

        Assert.False(pair.AtClient!.TryMigrate(pair.ToServer with { Carrier = 1 }, pair.Client.Now));
    }
}
