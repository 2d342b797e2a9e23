namespace Toss.Quic.Wire;

internal enum TransportParameterId : long
{
    OriginalDestinationConnectionId = 0x00,
    MaxIdleTimeout = 0x01,
    StatelessResetToken = 0x02,
    MaxUdpPayloadSize = 0x03,
    InitialMaxData = 0x04,
    InitialMaxStreamDataBidirectionalLocal = 0x05,
    InitialMaxStreamDataBidirectionalRemote = 0x06,
    InitialMaxStreamDataUnidirectional = 0x07,
    InitialMaxStreamsBidirectional = 0x08,
    InitialMaxStreamsUnidirectional = 0x09,
    AckDelayExponent = 0x0a,
    MaxAckDelay = 0x0b,
    DisableActiveMigration = 0x0c,
    PreferredAddress = 0x0d,
    ActiveConnectionIdLimit = 0x0e,
    InitialSourceConnectionId = 0x0f,
    RetrySourceConnectionId = 0x10,

    /// <summary>RFC 9221 §3.</summary>
    MaxDatagramFrameSize = 0x20,

    /// <summary>RFC 9287 §3.</summary>
    GreaseQuicBit = 0x2ab2,

    /// <summary>draft-seemann-quic-address-discovery.</summary>
    AddressDiscovery = 0x9f81a176,
}
