using System.Text.Json;
using Toss.Quic.Wire;

namespace Toss.Quic.Diagnostics;

/// <summary>Frames as qlog has them, without what they carry.</summary>
internal static class QlogFrames
{
    private const double MicrosecondsPerMillisecond = 1000;

    /// <summary>The frames of a packet, one after the other; up to the first that cannot be read.</summary>
    /// <param name="delayExponent">Of who sent them (RFC 9000 §18.2, ack_delay_exponent).</param>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> payload, in FrameRules rules, int delayExponent)
    {
        json.WriteStartArray("frames"u8);
        var reader = new FrameReader(payload, rules);
        while (reader.TryRead(out var frame))
        {
            json.WriteStartObject();
            Write(json, frame, delayExponent);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, scoped in Frame frame, int delayExponent)
    {
        json.WriteString("frame_type"u8, Name(frame.Type));
        switch (frame.Type)
        {
            case FrameType.Ack:
            case FrameType.AckEcn:
                WriteAck(json, frame.Ack, delayExponent);
                break;
            case FrameType.ResetStream:
                json.WriteNumber("stream_id"u8, frame.StreamId);
                json.WriteNumber("error_code"u8, frame.ErrorCode);
                json.WriteNumber("final_size"u8, frame.FinalSize);
                break;
            case FrameType.StopSending:
                json.WriteNumber("stream_id"u8, frame.StreamId);
                json.WriteNumber("error_code"u8, frame.ErrorCode);
                break;
            case FrameType.Crypto:
                json.WriteNumber("offset"u8, frame.Offset);
                WriteLength(json, frame.Data.Length);
                break;
            case FrameType.Stream:
                json.WriteNumber("stream_id"u8, frame.StreamId);
                json.WriteNumber("offset"u8, frame.Offset);
                if (frame.Fin)
                {
                    json.WriteBoolean("fin"u8, true);
                }
                WriteLength(json, frame.Data.Length);
                break;
            case FrameType.Datagram:
                WriteLength(json, frame.Data.Length);
                break;
            case FrameType.NewToken:
                // Whoever has the token passes for the client.
                json.WriteStartObject("token"u8);
                WriteLength(json, frame.Data.Length);
                json.WriteEndObject();
                break;
            case FrameType.NewConnectionId:
                // Without the reset token: whoever has it can end the connection.
                json.WriteNumber("sequence_number"u8, frame.Sequence);
                json.WriteNumber("retire_prior_to"u8, frame.RetirePriorTo);
                json.WriteString("connection_id"u8, Convert.ToHexStringLower(frame.ConnectionId.Span));
                break;
            case FrameType.RetireConnectionId:
            case FrameType.ObservedAddressV4:
            case FrameType.ObservedAddressV6:
                json.WriteNumber("sequence_number"u8, frame.Sequence);
                break;
            case FrameType.ConnectionClose:
            case FrameType.ApplicationClose:
                WriteClose(json, frame);
                break;
            default:
                WriteLimit(json, frame);
                break;
        }
    }

    private static void WriteAck(Utf8JsonWriter json, scoped in AckFrame ack, int delayExponent)
    {
        var microseconds = Math.Min(ack.Delay, uint.MaxValue) << delayExponent;
        json.WriteNumber("ack_delay"u8, microseconds / MicrosecondsPerMillisecond);
        json.WriteStartArray("acked_ranges"u8);
        foreach (var range in ack)
        {
            json.WriteStartArray();
            json.WriteNumberValue(range.Smallest);
            if (range.Largest != range.Smallest)
            {
                json.WriteNumberValue(range.Largest);
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
        if (ack.HasEcn)
        {
            json.WriteNumber("ect1"u8, ack.Ecn.Ect1);
            json.WriteNumber("ect0"u8, ack.Ecn.Ect0);
            json.WriteNumber("ce"u8, ack.Ecn.Ce);
        }
    }

    // Without the reason: it is the application's.
    private static void WriteClose(Utf8JsonWriter json, scoped in Frame frame)
    {
        var isApplication = frame.Type == FrameType.ApplicationClose;
        json.WriteString("error_space"u8, isApplication ? "application" : "transport");
        if (!isApplication && QlogNames.Of((TransportErrorCode)frame.ErrorCode) is { } name)
        {
            json.WriteString("error"u8, name);
        }
        json.WriteNumber("error_code"u8, frame.ErrorCode);
    }

    private static void WriteLimit(Utf8JsonWriter json, scoped in Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.MaxStreamData:
                json.WriteNumber("stream_id"u8, frame.StreamId);
                json.WriteNumber("maximum"u8, frame.Limit);
                break;
            case FrameType.StreamDataBlocked:
                json.WriteNumber("stream_id"u8, frame.StreamId);
                json.WriteNumber("limit"u8, frame.Limit);
                break;
            case FrameType.MaxStreamsBidirectional:
            case FrameType.StreamsBlockedBidirectional:
                json.WriteString("stream_type"u8, "bidirectional"u8);
                break;
            case FrameType.MaxStreamsUnidirectional:
            case FrameType.StreamsBlockedUnidirectional:
                json.WriteString("stream_type"u8, "unidirectional"u8);
                break;
            default:
                break;
        }
        if (frame.Type is FrameType.MaxData or FrameType.MaxStreamsBidirectional or FrameType.MaxStreamsUnidirectional)
        {
            json.WriteNumber("maximum"u8, frame.Limit);
        }
        else if (
            frame.Type
            is FrameType.DataBlocked
                or FrameType.StreamsBlockedBidirectional
                or FrameType.StreamsBlockedUnidirectional
        )
        {
            json.WriteNumber("limit"u8, frame.Limit);
        }
    }

    private static void WriteLength(Utf8JsonWriter json, int length)
    {
        json.WriteStartObject("raw"u8);
        json.WriteNumber("payload_length"u8, length);
        json.WriteEndObject();
    }

    private static string Name(FrameType type) =>
        type switch
        {
            FrameType.Padding => "padding",
            FrameType.Ping => "ping",
            FrameType.Ack or FrameType.AckEcn => "ack",
            FrameType.ResetStream => "reset_stream",
            FrameType.StopSending => "stop_sending",
            FrameType.Crypto => "crypto",
            FrameType.NewToken => "new_token",
            FrameType.Stream => "stream",
            FrameType.MaxData => "max_data",
            FrameType.MaxStreamData => "max_stream_data",
            FrameType.MaxStreamsBidirectional or FrameType.MaxStreamsUnidirectional => "max_streams",
            FrameType.DataBlocked => "data_blocked",
            FrameType.StreamDataBlocked => "stream_data_blocked",
            FrameType.StreamsBlockedBidirectional or FrameType.StreamsBlockedUnidirectional => "streams_blocked",
            FrameType.NewConnectionId => "new_connection_id",
            FrameType.RetireConnectionId => "retire_connection_id",
            FrameType.PathChallenge => "path_challenge",
            FrameType.PathResponse => "path_response",
            FrameType.ConnectionClose or FrameType.ApplicationClose => "connection_close",
            FrameType.HandshakeDone => "handshake_done",
            FrameType.Datagram => "datagram",
            FrameType.ObservedAddressV4 or FrameType.ObservedAddressV6 => "observed_address",
            _ => "unknown",
        };
}
