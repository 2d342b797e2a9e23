namespace Toss.Quic.Recovery;

/// <summary>What recovery is told of a packet that leaves.</summary>
/// <param name="Path">The path's number.</param>
/// <param name="InFlight">It counts for the window: it holds more than ACK and CONNECTION_CLOSE frames (RFC 9002 §2).</param>
/// <param name="IsMtuProbe">Larger than the path is known to carry.</param>
internal readonly record struct OutgoingPacket(
    int Path,
    int Bytes,
    bool AckEliciting,
    bool InFlight,
    EcnMark Ecn = EcnMark.NotEct,
    bool IsMtuProbe = false
);
