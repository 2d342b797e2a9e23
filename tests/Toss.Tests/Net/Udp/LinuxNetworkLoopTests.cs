using Toss.Net.Udp;

namespace Toss.Tests.Net.Udp;

public sealed class LinuxNetworkLoopTests : NetworkLoopConformance
{
    internal override UdpImplementation Implementation => UdpImplementation.Best;
}
