namespace Toss.Quic;

/// <summary>What went wrong between two peers.</summary>
public enum QuicErrorReason
{
    /// <summary>The peer's application closed the connection; its code is told.</summary>
    ClosedByPeer,

    /// <summary>This side closed the connection.</summary>
    ClosedLocally,

    /// <summary>Nothing came from the peer for the idle time-out, or for that of the handshake.</summary>
    IdleTimeout,

    /// <summary>The peer forgot the connection (stateless reset).</summary>
    Reset,

    /// <summary>The peer takes no connection now (CONNECTION_REFUSED).</summary>
    Refused,

    /// <summary>
    /// No agreement on keys, protocols or who the peer is. The code is 0x100 plus the TLS alert (RFC 9001 §4.8).
    /// </summary>
    HandshakeFailed,

    /// <summary>The peer speaks no version of QUIC that this library knows.</summary>
    VersionUnsupported,

    /// <summary>One side broke the protocol; the code is of RFC 9000 §20.1.</summary>
    ProtocolError,

    /// <summary>The endpoint was disposed, or its loop ended.</summary>
    EndpointEnded,

    /// <summary>The peer gave up sending on this stream; its code is told.</summary>
    StreamReset,

    /// <summary>The peer reads no more of this stream; its code is told.</summary>
    StreamStopped,

    /// <summary>This side gave up the stream.</summary>
    StreamAborted,

    /// <summary>A datagram is longer than peer and path take, or the peer takes none.</summary>
    DatagramTooLong,
}

/// <summary>A connection or stream is over, or never came to be, because of the peer or the network.</summary>
public sealed class QuicException : IOException
{
    internal QuicException(QuicErrorReason reason, string message, long code = 0)
        : base(message) => (Reason, Code) = (reason, code);

    public QuicErrorReason Reason { get; }

    /// <summary>
    /// The application's code for <see cref="QuicErrorReason.ClosedByPeer"/> and the three of streams, QUIC's for
    /// <see cref="QuicErrorReason.HandshakeFailed"/> and <see cref="QuicErrorReason.ProtocolError"/>; else 0.
    /// </summary>
    public long Code { get; }

    internal static QuicException Of(CloseReason close)
    {
        var reason = ReasonOf(close);
        var code = reason
            is QuicErrorReason.ClosedByPeer
                or QuicErrorReason.HandshakeFailed
                or QuicErrorReason.ProtocolError
            ? close.Code
            : 0;
        return new QuicException(reason, $"The connection is over: {reason}, code {code}.", code);
    }

    private static QuicErrorReason ReasonOf(CloseReason close) =>
        close.Cause switch
        {
            CloseCause.Idle => QuicErrorReason.IdleTimeout,
            CloseCause.Reset => QuicErrorReason.Reset,
            CloseCause.Version => QuicErrorReason.VersionUnsupported,
            CloseCause.Abandoned => QuicErrorReason.EndpointEnded,
            _ when close.IsApplication => close.Cause == CloseCause.Peer
                ? QuicErrorReason.ClosedByPeer
                : QuicErrorReason.ClosedLocally,
            _ => (TransportErrorCode)close.Code switch
            {
                TransportErrorCode.ConnectionRefused => QuicErrorReason.Refused,
                >= TransportErrorCode.CryptoError and <= TransportErrorCode.CryptoErrorLast =>
                    QuicErrorReason.HandshakeFailed,
                TransportErrorCode.NoError => close.Cause == CloseCause.Peer
                    ? QuicErrorReason.ClosedByPeer
                    : QuicErrorReason.ClosedLocally,
                _ => QuicErrorReason.ProtocolError,
            },
        };
}
