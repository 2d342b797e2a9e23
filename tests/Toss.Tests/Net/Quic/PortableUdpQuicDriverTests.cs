using Toss.Net.Udp;

namespace Toss.Tests.Net.Quic;

public sealed class PortableUdpQuicDriverTests : UdpQuicDriverConformance
{
    internal override UdpImplementation Implementation => UdpImplementation.Portable;
}
