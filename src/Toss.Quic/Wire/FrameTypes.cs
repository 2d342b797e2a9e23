namespace Toss.Quic.Wire;

/// <summary>What a type of frame says about the packet that carries it (RFC 9000 §12.4, table 3).</summary>
internal static class FrameTypes
{
    /// <summary>All but ACK, PADDING and CONNECTION_CLOSE (RFC 9002 §2).</summary>
    public static bool IsAckEliciting(FrameType type) =>
        type
            is not (
                FrameType.Padding
                or FrameType.Ack
                or FrameType.AckEcn
                or FrameType.ConnectionClose
                or FrameType.ApplicationClose
            );

    /// <summary>
    /// A packet of only these moves nobody to another path (RFC 9000 §9.1, draft-seemann-quic-address-discovery for
    /// OBSERVED_ADDRESS).
    /// </summary>
    public static bool IsProbing(FrameType type) =>
        type
            is FrameType.Padding
                or FrameType.PathChallenge
                or FrameType.PathResponse
                or FrameType.NewConnectionId
                or FrameType.ObservedAddressV4
                or FrameType.ObservedAddressV6;

    /// <summary>Table 3 with the prohibitions of §12.5 for 0-RTT.</summary>
    public static bool IsPermitted(FrameType type, PacketType packet) =>
        type switch
        {
            FrameType.Padding or FrameType.Ping or FrameType.ConnectionClose => IsNumbered(packet),
            FrameType.Ack or FrameType.AckEcn or FrameType.Crypto => IsNumbered(packet) && packet != PacketType.ZeroRtt,
            FrameType.NewToken or FrameType.PathResponse or FrameType.HandshakeDone or FrameType.RetireConnectionId =>
                packet == PacketType.OneRtt,
            _ => packet is PacketType.ZeroRtt or PacketType.OneRtt,
        };

    private static bool IsNumbered(PacketType packet) =>
        packet is PacketType.Initial or PacketType.ZeroRtt or PacketType.Handshake or PacketType.OneRtt;
}
