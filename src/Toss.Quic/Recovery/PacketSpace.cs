namespace Toss.Quic.Recovery;

/// <summary>The packet number spaces (RFC 9000 §12.3), in the order of the handshake.</summary>
internal enum PacketSpace
{
    Initial,
    Handshake,
    Application,
}
