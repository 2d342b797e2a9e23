namespace Toss.Quic;

/// <summary>Something that happened to a connection; what happens to its streams and DATAGRAM frames is told apart.</summary>
public abstract record ConnectionEvent
{
    private ConnectionEvent() { }

    /// <summary>The handshake is complete: the peer proved to own its key.</summary>
    public sealed record Connected(PeerCredential? Peer, string Protocol) : ConnectionEvent;

    /// <summary>The peer is known to have completed it too (RFC 9001 §4.1.2): paths may be probed.</summary>
    public sealed record Confirmed : ConnectionEvent;

    /// <summary>The peer answers there.</summary>
    public sealed record PathValidated(NetworkPath Path) : ConnectionEvent;

    /// <summary>The peer did not answer there.</summary>
    public sealed record PathFailed(NetworkPath Path) : ConnectionEvent;

    /// <summary>The connection goes on there, by our wish or the peer's.</summary>
    public sealed record PathChanged(NetworkPath Path, bool ByPeer) : ConnectionEvent;

    /// <summary>The peer says which address it sees us at (draft-seemann-quic-address-discovery).</summary>
    public sealed record AddressObserved(NetworkPath Path, UInt128 Address, ushort Port) : ConnectionEvent;

    /// <summary>A token that makes the next handshake with this server shorter (RFC 9000 §8.1.3).</summary>
    public sealed record TokenReceived(byte[] Token) : ConnectionEvent;

    /// <summary>It is over; nothing follows.</summary>
    public sealed record Closed(CloseReason Reason) : ConnectionEvent;
}
