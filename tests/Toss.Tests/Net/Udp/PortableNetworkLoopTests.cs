using Toss.Net.Udp;

namespace Toss.Tests.Net.Udp;

public sealed class PortableNetworkLoopTests : NetworkLoopConformance
{
    internal override UdpImplementation Implementation => UdpImplementation.Portable;
}
