using Toss.Quic.Wire;

namespace Toss.Quic.Streams;

internal enum StreamFrameKind
{
    Stream,
    ResetStream,
    StopSending,
    MaxData,
    MaxStreamData,
    MaxStreamsBidirectional,
    MaxStreamsUnidirectional,
    DataBlocked,
    StreamDataBlocked,
    StreamsBlockedBidirectional,
    StreamsBlockedUnidirectional,
}

/// <summary>
/// A frame to be sent, as plain values. The connection writes it, keeps the value with its packet, and hands it back when
/// the packet is acknowledged or lost.
/// </summary>
/// <param name="Id">Of the stream; 0 for frames of the connection.</param>
/// <param name="Value">STREAM: offset. RESET_STREAM: final size. Others: the limit.</param>
/// <param name="Length">STREAM: how many bytes of data.</param>
/// <param name="Code">RESET_STREAM and STOP_SENDING: the application's error code.</param>
internal readonly record struct StreamFrame(
    StreamFrameKind Kind,
    long Id,
    long Value,
    int Length = 0,
    bool Fin = false,
    long Code = 0
)
{
    /// <summary>The longest data of one frame: its length then fits two bytes.</summary>
    public const int MaxLength = 16_383;

    /// <summary>Bytes on the wire (RFC 9000 §19.4 to §19.14); a STREAM frame with its length field.</summary>
    public int EncodedLength =>
        Kind switch
        {
            StreamFrameKind.Stream => HeaderLength(Id, Value) + Length,
            StreamFrameKind.ResetStream => 1 + VarInt.Length(Id) + VarInt.Length(Code) + VarInt.Length(Value),
            StreamFrameKind.StopSending => 1 + VarInt.Length(Id) + VarInt.Length(Code),
            StreamFrameKind.MaxStreamData or StreamFrameKind.StreamDataBlocked => 1
                + VarInt.Length(Id)
                + VarInt.Length(Value),
            _ => 1 + VarInt.Length(Value),
        };

    /// <summary>Of a STREAM frame with a length field of two bytes; the offset is left out when it is zero.</summary>
    public static int HeaderLength(long id, long offset) =>
        1 + VarInt.Length(id) + (offset == 0 ? 0 : VarInt.Length(offset)) + 2;
}
