using Toss.Quic.Recovery;
using Toss.Quic.Streams;

namespace Toss.Quic.Connections;

/// <summary>The <see cref="FrameToken.Kind"/> of what is in packets. Frames of streams follow from <see cref="FirstOfStreams"/> on.</summary>
internal enum SentFrame : byte
{
    /// <summary>Id: the largest number acknowledged.</summary>
    Ack,

    /// <summary>Offset, Length.</summary>
    Crypto,
    HandshakeDone,

    /// <summary>Id: the sequence number.</summary>
    NewConnectionId,

    /// <summary>Id: the sequence number.</summary>
    RetireConnectionId,
    NewToken,

    /// <summary>Id: the sequence number.</summary>
    ObservedAddress,

    /// <summary>Id: recovery's number of the path; Length: the size tried.</summary>
    MtuProbe,

    /// <summary>A <see cref="StreamFrameKind"/> is added.</summary>
    FirstOfStreams = 32,
}

internal static class SentFrames
{
    public static FrameToken Token(SentFrame kind, long id = 0, long offset = 0, int length = 0) =>
        new((byte)kind, id, offset, length, Last: false);

    public static FrameToken Token(in StreamFrame frame) =>
        new((byte)((int)SentFrame.FirstOfStreams + (int)frame.Kind), frame.Id, frame.Value, frame.Length, frame.Fin);

    public static bool IsOfStreams(in FrameToken token, out StreamFrame frame)
    {
        var kind = token.Kind - (int)SentFrame.FirstOfStreams;
        frame = kind < 0 ? default : new((StreamFrameKind)kind, token.Id, token.Offset, token.Length, token.Last);
        return kind >= 0;
    }
}
