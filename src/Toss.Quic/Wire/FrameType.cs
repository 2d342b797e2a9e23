namespace Toss.Quic.Wire;

/// <summary>RFC 9000 §19, RFC 9221 §4, draft-seemann-quic-address-discovery. STREAM and DATAGRAM stand for all forms of their flags.</summary>
internal enum FrameType : long
{
    Padding = 0x00,
    Ping = 0x01,
    Ack = 0x02,
    AckEcn = 0x03,
    ResetStream = 0x04,
    StopSending = 0x05,
    Crypto = 0x06,
    NewToken = 0x07,

    /// <summary>0x08 to 0x0f: 1 is FIN, 2 a length, 4 an offset.</summary>
    Stream = 0x08,
    StreamLast = 0x0f,
    MaxData = 0x10,
    MaxStreamData = 0x11,
    MaxStreamsBidirectional = 0x12,
    MaxStreamsUnidirectional = 0x13,
    DataBlocked = 0x14,
    StreamDataBlocked = 0x15,
    StreamsBlockedBidirectional = 0x16,
    StreamsBlockedUnidirectional = 0x17,
    NewConnectionId = 0x18,
    RetireConnectionId = 0x19,
    PathChallenge = 0x1a,
    PathResponse = 0x1b,
    ConnectionClose = 0x1c,
    ApplicationClose = 0x1d,
    HandshakeDone = 0x1e,

    /// <summary>0x30 to the end of the packet, 0x31 with a length.</summary>
    Datagram = 0x30,
    DatagramWithLength = 0x31,
    ObservedAddressV4 = 0x9f81a6,
    ObservedAddressV6 = 0x9f81a7,
}
