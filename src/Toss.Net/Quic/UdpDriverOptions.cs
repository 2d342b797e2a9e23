using Toss.Net.Udp;
using Toss.Quic;

namespace Toss.Net.Quic;

/// <summary>Takes a datagram that shares the sockets and is no QUIC, STUN perhaps. On the loop: it must not wait.</summary>
public delegate void NotQuicReceived(in NetworkPath from, ReadOnlySpan<byte> datagram);

public sealed record UdpDriverOptions
{
    /// <summary>Gets what is no QUIC; null drops it.</summary>
    public NotQuicReceived? NotQuic { get; init; }

    /// <summary>Takes what leaves by no socket; null drops it.</summary>
    public DatagramsLeave? Elsewhere { get; init; }

    /// <summary>Which code moves the bytes.</summary>
    public UdpImplementation Implementation { get; init; } = UdpImplementation.Best;
}
