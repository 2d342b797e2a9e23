using System.Net;
using System.Net.Sockets;
using Toss.Net.Udp;
using Xunit;

namespace Toss.Tests.Net.Udp;

/// <summary>What a sender and a receiver can rely on, whichever code moves the bytes on either side.</summary>
public abstract class UdpSocketConformance
{
    internal abstract UdpImplementation Sender { get; }

    internal abstract UdpImplementation Receiver { get; }

    private bool SeesMarks => Sender == UdpImplementation.Best && Receiver == UdpImplementation.Best;

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void A_datagram_arrives_with_its_sender(AddressFamily family)
    {
        using var pair = new SocketPair(Sender, Receiver, family);
        var bytes = Random(1200, seed: 1);

        Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, bytes, bytes.Length, 0, out var sent));

        Assert.Equal(bytes.Length, sent);
        Assert.Equal(bytes, Assert.Single(pair.ReceiveAtB(1)).Bytes);
        Assert.False(pair.B.TryReceive(out _));
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, 1200, 1200 * 10)]
    [InlineData(AddressFamily.InterNetwork, 1200, (1200 * 10) + 1)]
    [InlineData(AddressFamily.InterNetworkV6, 1452, (1452 * 44) + 700)]
    [InlineData(AddressFamily.InterNetwork, 1, 64)]
    // More than one call carries, by number and by bytes.
    [InlineData(AddressFamily.InterNetwork, 20, (20 * 150) + 7)]
    [InlineData(AddressFamily.InterNetworkV6, 1452, 1452 * 100)]
    [InlineData(AddressFamily.InterNetwork, 40_000, 100_000)]
    public void Datagrams_keep_their_bytes_borders_and_order(AddressFamily family, int segmentSize, int length)
    {
        using var pair = new SocketPair(Sender, Receiver, family);
        var bytes = Random(length, seed: length);

        Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, bytes, segmentSize, 0, out var sent));

        Assert.Equal(length, sent);
        var expected = bytes.Chunk(segmentSize).ToList();
        Assert.Equal(expected, pair.ReceiveAtB(expected.Count).Select(datagram => datagram.Bytes));
    }

    [Fact]
    public void Sizes_may_change_from_call_to_call()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var expected = new List<byte[]>();
        foreach (var segmentSize in new[] { 1200, 37, 1452, 1, 1200 })
        {
            var bytes = Random((segmentSize * 5) + (segmentSize / 2), seed: segmentSize);
            Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, bytes, segmentSize, 0, out _));
            expected.AddRange(bytes.Chunk(segmentSize));
        }

        Assert.Equal(expected, pair.ReceiveAtB(expected.Count).Select(datagram => datagram.Bytes));
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void Marks_are_seen_where_both_can_and_else_read_as_none(AddressFamily family)
    {
        using var pair = new SocketPair(Sender, Receiver, family);
        var bytes = Random(3000, seed: 3);
        for (byte ecn = 0; ecn <= 3; ecn++)
        {
            Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, bytes, 1000, ecn, out _));
            Assert.All(pair.ReceiveAtB(3), datagram => Assert.Equal(SeesMarks ? ecn : 0, datagram.Ecn));
        }
    }

    [Fact]
    public void Empty_datagrams_hold_nothing_up()
    {
        using var pair = new SocketPair(Sender, Receiver);
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        stranger.SendTo([], pair.B.Local);
        Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, new byte[] { 5 }, 1, 0, out _));

        SocketPair.Await(pair.B, "the empty datagram");
        Assert.True(pair.B.TryReceive(out var empty));
        Assert.Equal(0, empty.Count);
        Assert.Equal((ushort)((IPEndPoint)stranger.LocalEndPoint!).Port, empty.From.Port);
        Assert.Equal([5], Assert.Single(pair.ReceiveAtB(1)).Bytes);
    }

    [Fact]
    public void What_nobody_takes_breaks_nothing()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var closed = SocketPair.Bind(Sender, 0, AddressFamily.InterNetwork);
        var nobody = SocketAddresses.ToPath(closed.Local, SocketPair.CarrierA);
        closed.Dispose();
        var bytes = Random(2400, seed: 4);

        for (var i = 0; i < 3; i++)
        {
            // An unconnected socket is not told of ICMP's answer, and must not trip over it.
            Assert.Equal(SendResult.Sent, pair.A.TrySend(nobody, bytes, 1200, 0, out _));
            Assert.False(pair.A.TryReceive(out _));
            Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, bytes, 1200, 0, out _));
        }

        Assert.Equal(6, pair.ReceiveAtB(6).Count);
    }

    [Fact]
    public void Too_large_is_a_result_and_the_socket_goes_on()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var bytes = Random(3 * (UdpSocket.MaxDatagram + 1), seed: 5);

        Assert.Equal(SendResult.TooLarge, pair.A.TrySend(pair.ToB, bytes, UdpSocket.MaxDatagram + 1, 0, out var sent));
        Assert.Equal(0, sent);

        Assert.Equal(
            SendResult.Sent,
            pair.A.TrySend(pair.ToB, bytes.AsSpan(0, UdpSocket.MaxDatagram), 65_507, 0, out _)
        );
        Assert.Equal(bytes[..UdpSocket.MaxDatagram], Assert.Single(pair.ReceiveAtB(1)).Bytes);
    }

    [Fact]
    public void Where_no_way_leads_is_a_result_and_the_socket_goes_on()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var bytes = Random(2400, seed: 6);

        // From 127.0.0.1 nothing leads to another network; port 0 is nobody's; broadcast is forbidden.
        foreach (var away in new[] { "192.0.2.1:9", "127.0.0.1:0", "255.255.255.255:9" })
        {
            var path = SocketAddresses.ToPath(IPEndPoint.Parse(away), SocketPair.CarrierA);
            Assert.Equal(SendResult.Unreachable, pair.A.TrySend(path, bytes, 1200, 0, out var sent));
            Assert.Equal(0, sent);
            Assert.Equal(SendResult.Unreachable, pair.A.TrySend(path, bytes, 2400, 2, out _));
        }

        Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, bytes, 1200, 0, out _));
        Assert.Equal(2, pair.ReceiveAtB(2).Count);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_datagram()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var bytes = Random(12_000, seed: 7);
        var to = pair.ToB;
        int Exchange(int rounds)
        {
            var received = 0;
            for (var i = 0; i < rounds; i++)
            {
                pair.A.TrySend(to, bytes, 1200, 2, out _);
                // Loopback hands over within the call, or soon after.
                pair.B.Socket.Poll(1_000_000, SelectMode.SelectRead);
                while (pair.B.TryReceive(out var batch))
                {
                    received += batch.Count;
                }
            }
            return received;
        }
        Exchange(50);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = Exchange(300);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(3000, count);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_port_that_is_taken_and_an_address_that_is_not_ours_are_results()
    {
        using var pair = new SocketPair(Sender, Receiver);

        Assert.Equal(BindResult.AddressInUse, UdpSocket.TryBind(pair.B.Local, 0, Sender, out var none));
        Assert.Null(none);
        Assert.Equal(
            BindResult.AddressUnavailable,
            UdpSocket.TryBind(IPEndPoint.Parse("192.0.2.1:0"), 0, Sender, out none)
        );
        Assert.Null(none);
    }

    [Fact]
    public void Each_family_has_its_port_for_itself()
    {
        using var v6 = Bound(new IPEndPoint(IPAddress.IPv6Any, 0));
        using var v4 = Bound(new IPEndPoint(IPAddress.Any, v6.Local.Port));

        Assert.Equal(v6.Local.Port, v4.Local.Port);
    }

    [Fact]
    public void Mistakes_of_the_caller_throw()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var to = pair.ToB;
        var bytes = new byte[10];

        Assert.ThrowsAny<ArgumentException>(() => pair.A.TrySend(to with { Carrier = 99 }, bytes, 10, 0, out _));
        Assert.ThrowsAny<ArgumentException>(() =>
            pair.A.TrySend(to with { Address = UInt128.One }, bytes, 10, 0, out _)
        );
        Assert.ThrowsAny<ArgumentException>(() => pair.A.TrySend(to, [], 10, 0, out _));
        Assert.ThrowsAny<ArgumentException>(() => pair.A.TrySend(to, bytes, 0, 0, out _));
        Assert.ThrowsAny<ArgumentException>(() => pair.A.TrySend(to, bytes, 10, 4, out _));
        pair.A.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pair.A.TrySend(to, bytes, 10, 0, out _));
        Assert.Throws<ObjectDisposedException>(() => pair.A.TryReceive(out _));
    }

    private protected static byte[] Random(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private UdpSocket Bound(IPEndPoint local)
    {
        Assert.Equal(BindResult.Bound, UdpSocket.TryBind(local, 0, Sender, out var socket));
        return socket!;
    }
}
