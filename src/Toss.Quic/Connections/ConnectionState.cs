namespace Toss.Quic.Connections;

/// <summary>RFC 9000 §7, §10.</summary>
internal enum ConnectionState
{
    Handshaking,

    /// <summary>The peer is who it should be, and streams may be used.</summary>
    Established,

    /// <summary>We closed: packets of the peer are answered with that, no more than now and then (§10.2.1).</summary>
    Closing,

    /// <summary>The peer closed: nothing is sent (§10.2.2).</summary>
    Draining,

    /// <summary>Nothing is left of it.</summary>
    Closed,
}
