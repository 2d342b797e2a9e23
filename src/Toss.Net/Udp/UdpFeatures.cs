namespace Toss.Net.Udp;

/// <summary>What a socket can do beyond one datagram a call.</summary>
[Flags]
internal enum UdpFeatures
{
    None = 0,

    /// <summary>Many datagrams of one size leave in one call (Linux: GSO).</summary>
    SegmentedSend = 1,

    /// <summary>Datagrams that arrive together are received together (Linux: GRO).</summary>
    CoalescedReceive = 2,

    /// <summary>ECN marks are set and seen. Without it nothing is marked and every mark reads as 0.</summary>
    Ecn = 4,

    /// <summary>Datagrams are never fragmented, so that a probe of the path's MTU says the truth.</summary>
    DontFragment = 8,
}
