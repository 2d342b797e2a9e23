namespace Toss.Quic.Wire;

/// <summary>RFC 9000 §17.</summary>
internal enum PacketType
{
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
    OneRtt,
    VersionNegotiation,

    /// <summary>A long header of a version we do not speak: only what all versions share is read (RFC 8999).</summary>
    UnknownVersion,
}
