namespace Toss.Quic;

public enum ReceiveOutcome
{
    /// <summary>It was for a connection, or began one.</summary>
    Taken,

    /// <summary>It was QUIC, or garbage.</summary>
    Dropped,

    /// <summary>Something else that shares the socket, STUN perhaps: the caller's (RFC 9443).</summary>
    NotQuic,
}
