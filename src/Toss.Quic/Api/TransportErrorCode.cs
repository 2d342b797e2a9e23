namespace Toss.Quic;

/// <summary>RFC 9000 §20.1, RFC 9001 §4.8; sent in a CONNECTION_CLOSE frame of type 0x1c.</summary>
public enum TransportErrorCode : long
{
    NoError = 0x00,
    InternalError = 0x01,
    ConnectionRefused = 0x02,
    FlowControlError = 0x03,
    StreamLimitError = 0x04,
    StreamStateError = 0x05,
    FinalSizeError = 0x06,
    FrameEncodingError = 0x07,
    TransportParameterError = 0x08,
    ConnectionIdLimitError = 0x09,
    ProtocolViolation = 0x0a,
    InvalidToken = 0x0b,
    ApplicationError = 0x0c,
    CryptoBufferExceeded = 0x0d,
    KeyUpdateError = 0x0e,
    AeadLimitReached = 0x0f,
    NoViablePath = 0x10,

    /// <summary>A TLS alert is this plus its number, up to <see cref="CryptoErrorLast"/>.</summary>
    CryptoError = 0x0100,
    CryptoErrorLast = 0x01ff,
}
