namespace Toss.Quic.Recovery;

/// <summary>What an ACK frame was.</summary>
internal enum AckVerdict
{
    Accepted,

    /// <summary>It acknowledges a number that was never sent: PROTOCOL_VIOLATION (RFC 9000 §13.1).</summary>
    NeverSent,
}

/// <summary>What the connection must do after a time-out: send <paramref name="Count"/> probes in that space, or nothing.</summary>
internal readonly record struct ProbeRequest(PacketSpace Space, int Count);
