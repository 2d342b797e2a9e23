namespace Toss.Quic;

public enum CloseCause
{
    /// <summary>This side closed, or found a mistake of the peer.</summary>
    Local,

    /// <summary>The peer closed.</summary>
    Peer,

    /// <summary>Nothing came for the idle time-out (RFC 9000 §10.1).</summary>
    Idle,

    /// <summary>The peer knows nothing of this connection any more (RFC 9000 §10.3).</summary>
    Reset,

    /// <summary>The peer does not speak version 1 (RFC 9000 §6.2).</summary>
    Version,

    /// <summary>The endpoint ended under it, without a word to the peer.</summary>
    Abandoned,
}

/// <summary>Why a connection ended.</summary>
/// <param name="IsApplication">The code is the application's, not QUIC's.</param>
/// <param name="FrameType">The type of the frame at fault, as on the wire; 0 if unknown.</param>
/// <param name="Text">What the closing side said, if it did; not checked, and not for logs.</param>
public sealed record CloseReason(CloseCause Cause, bool IsApplication, long Code, long FrameType = 0, string Text = "")
{
    internal static CloseReason Transport(TransportErrorCode code, long frameType = 0) =>
        new(CloseCause.Local, IsApplication: false, (long)code, frameType);
}
