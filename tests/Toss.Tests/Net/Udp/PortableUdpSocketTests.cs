using System.Net.Sockets;
using Toss.Net.Udp;
using Xunit;

namespace Toss.Tests.Net.Udp;

public sealed class PortableUdpSocketTests : UdpSocketConformance
{
    internal override UdpImplementation Sender => UdpImplementation.Portable;

    internal override UdpImplementation Receiver => UdpImplementation.Portable;

    [Fact]
    public void Is_what_the_switch_says()
    {
        using var socket = SocketPair.Bind(UdpImplementation.Portable, 0, AddressFamily.InterNetworkV6);

        Assert.IsType<PortableUdpSocket>(socket);
        Assert.Equal(UdpFeatures.DontFragment, socket.Features);
    }
}
