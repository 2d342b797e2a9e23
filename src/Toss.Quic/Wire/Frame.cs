namespace Toss.Quic.Wire;

/// <summary>
/// One frame in the packet it came in; <see cref="Type"/> says which members mean something. Spans live as long as the
/// packet's bytes.
/// </summary>
internal ref struct Frame
{
    /// <summary>STREAM and DATAGRAM in any form are <see cref="FrameType.Stream"/> and <see cref="FrameType.Datagram"/>; PADDING frames that follow each other are one.</summary>
    public FrameType Type;

    /// <summary>RESET_STREAM, STOP_SENDING, STREAM, MAX_STREAM_DATA, STREAM_DATA_BLOCKED.</summary>
    public long StreamId;

    /// <summary>CRYPTO, STREAM. With <see cref="Data"/> it never ends beyond 2^62-1.</summary>
    public long Offset;

    /// <summary>STREAM.</summary>
    public bool Fin;

    /// <summary>RESET_STREAM.</summary>
    public long FinalSize;

    /// <summary>MAX_*, *_BLOCKED; at most 2^60 where it counts streams.</summary>
    public long Limit;

    /// <summary>RESET_STREAM, STOP_SENDING, CONNECTION_CLOSE of both types.</summary>
    public long ErrorCode;

    /// <summary>CONNECTION_CLOSE 0x1c: the type of the frame at fault, 0 if unknown.</summary>
    public long ClosedBy;

    /// <summary>NEW_CONNECTION_ID, RETIRE_CONNECTION_ID, OBSERVED_ADDRESS.</summary>
    public long Sequence;

    /// <summary>NEW_CONNECTION_ID.</summary>
    public long RetirePriorTo;

    /// <summary>NEW_CONNECTION_ID; 1 to 20 bytes.</summary>
    public ConnectionId ConnectionId;

    /// <summary>
    /// CRYPTO, STREAM, DATAGRAM: the content. NEW_TOKEN: the token. PATH_*: 8 bytes. NEW_CONNECTION_ID: the stateless
    /// reset token, 16 bytes. CONNECTION_CLOSE: the reason, not checked to be UTF-8. OBSERVED_ADDRESS: 4 or 16 bytes.
    /// </summary>
    public ReadOnlySpan<byte> Data;

    /// <summary>OBSERVED_ADDRESS.</summary>
    public ushort Port;

    /// <summary>ACK of both types.</summary>
    public AckFrame Ack;
}
