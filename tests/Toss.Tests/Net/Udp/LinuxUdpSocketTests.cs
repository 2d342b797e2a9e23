using System.Net.Sockets;
using Toss.Net.Udp;
using Xunit;

namespace Toss.Tests.Net.Udp;

public sealed class LinuxUdpSocketTests : UdpSocketConformance
{
    private const UdpFeatures All =
        UdpFeatures.SegmentedSend | UdpFeatures.CoalescedReceive | UdpFeatures.Ecn | UdpFeatures.DontFragment;

    // SO_NO_CHECK: a socket that sends no checksums, for which the kernel refuses to segment.
    private const int SocketLevel = 1;
    private const int NoChecksum = 11;

    internal override UdpImplementation Sender => UdpImplementation.Best;

    internal override UdpImplementation Receiver => UdpImplementation.Best;

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void Has_all_that_this_system_offers(AddressFamily family)
    {
        using var socket = SocketPair.Bind(UdpImplementation.Best, 0, family);

        Assert.IsType<LinuxUdpSocket>(socket);
        Assert.Equal(All, socket.Features);
        Assert.True(socket.SendBuffer > 100_000 && socket.ReceiveBuffer > 100_000, "the buffers are not told");
    }

    [Fact]
    public void What_left_in_one_call_arrives_in_one()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var bytes = Random((1200 * 20) + 5, seed: 8);

        Assert.Equal(SendResult.Sent, pair.A.TrySend(pair.ToB, bytes, 1200, 2, out _));

        SocketPair.Await(pair.B, "the batch");
        Assert.True(pair.B.TryReceive(out var batch));
        Assert.Equal((21, 1200, 2), (batch.Count, batch.SegmentSize, batch.Ecn));
        Assert.Equal(bytes, batch.Bytes.ToArray());
        Assert.Equal(bytes[^5..], batch[20].ToArray());
    }

    [Fact]
    public void Where_segmentation_is_refused_datagrams_go_one_by_one_and_it_is_tried_again_later()
    {
        using var pair = new SocketPair(Sender, Receiver);
        var a = (LinuxUdpSocket)pair.A;
        var bytes = Random((1200 * 3) + 5, seed: 9);
        Assert.True(SocketSetup.TrySet(a.Socket, SocketLevel, NoChecksum, 1));

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(SendResult.Sent, a.TrySend(pair.ToB, bytes, 1200, 2, out var sent));
            Assert.Equal(bytes.Length, sent);
            var received = pair.ReceiveAtB(4);
            Assert.Equal(bytes.Chunk(1200), received.Select(datagram => datagram.Bytes));
            Assert.All(received, datagram => Assert.Equal(2, datagram.Ecn));
        }
        Assert.Equal(1, a.SegmentationRefusals);

        Assert.True(SocketSetup.TrySet(a.Socket, SocketLevel, NoChecksum, 0));
        var coalesced = false;
        for (var i = 0; i < 1_000 && !coalesced; i++)
        {
            Assert.Equal(SendResult.Sent, a.TrySend(pair.ToB, bytes, 1200, 2, out _));
            for (var left = 4; left > 0; )
            {
                SocketPair.Await(pair.B, "the rest of the batch");
                Assert.True(pair.B.TryReceive(out var batch));
                coalesced = batch.Count == 4;
                left -= batch.Count;
            }
        }
        Assert.True(coalesced, "segmentation was not tried again");
        Assert.Equal(1, a.SegmentationRefusals);
    }
}
