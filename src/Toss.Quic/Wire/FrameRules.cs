namespace Toss.Quic.Wire;

/// <summary>What may stand in a packet that was received.</summary>
/// <param name="Packet">One with a packet number.</param>
/// <param name="FromClient">Only servers send NEW_TOKEN and HANDSHAKE_DONE.</param>
/// <param name="MaxDatagramFrameSize">As we announced; 0 refuses all DATAGRAM frames (RFC 9221 §3).</param>
/// <param name="ObservedAddresses">Whether we asked for OBSERVED_ADDRESS.</param>
internal readonly record struct FrameRules(
    PacketType Packet,
    bool FromClient,
    long MaxDatagramFrameSize = 0,
    bool ObservedAddresses = false
);
