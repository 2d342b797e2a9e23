using Toss.Net.Udp;

namespace Toss.Tests.Net.Quic;

public sealed class BestUdpQuicDriverTests : UdpQuicDriverConformance
{
    internal override UdpImplementation Implementation => UdpImplementation.Best;
}
