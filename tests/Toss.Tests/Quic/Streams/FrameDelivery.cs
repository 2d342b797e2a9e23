using Toss.Quic;
using Toss.Quic.Streams;

namespace Toss.Tests.Quic.Streams;

/// <summary>Hands a frame to the other side, as a connection does after reading it from a packet.</summary>
internal static class FrameDelivery
{
    public static TransportErrorCode Deliver(StreamSet to, StreamFrame frame, ReadOnlySpan<byte> data)
    {
        switch (frame.Kind)
        {
            case StreamFrameKind.Stream:
                return to.OnStream(frame.Id, frame.Value, data, frame.Fin);
            case StreamFrameKind.ResetStream:
                return to.OnResetStream(frame.Id, frame.Code, frame.Value);
            case StreamFrameKind.StopSending:
                return to.OnStopSending(frame.Id, frame.Code);
            case StreamFrameKind.MaxData:
                to.OnMaxData(frame.Value);
                return TransportErrorCode.NoError;
            case StreamFrameKind.MaxStreamData:
                return to.OnMaxStreamData(frame.Id, frame.Value);
            case StreamFrameKind.MaxStreamsBidirectional:
                return to.OnMaxStreams(unidirectional: false, frame.Value);
            case StreamFrameKind.MaxStreamsUnidirectional:
                return to.OnMaxStreams(unidirectional: true, frame.Value);
            case StreamFrameKind.StreamDataBlocked:
                return to.OnStreamDataBlocked(frame.Id);
            case StreamFrameKind.StreamsBlockedBidirectional or StreamFrameKind.StreamsBlockedUnidirectional:
                return StreamSet.OnStreamsBlocked(frame.Value);
            default:
                return TransportErrorCode.NoError;
        }
    }
}
