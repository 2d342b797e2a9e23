using Toss.Net.Udp;

namespace Toss.Tests.Net.Udp;

/// <summary>Segments that one side sends in one call are single datagrams for the other.</summary>
public sealed class MixedUdpSocketTests : UdpSocketConformance
{
    internal override UdpImplementation Sender => UdpImplementation.Best;

    internal override UdpImplementation Receiver => UdpImplementation.Portable;
}
