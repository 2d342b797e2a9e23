namespace Toss.Quic.Tls;

/// <summary>Something the handshake brought forth, in order.</summary>
internal abstract record TlsEvent
{
    private TlsEvent() { }

    /// <summary>
    /// What the peer put in its transport parameters. It is authenticated only when <see cref="Complete"/> follows; a server
    /// may use it before, for its first flights (RFC 9001 §8.2).
    /// </summary>
    public sealed record PeerParameters(byte[] TransportParameters) : TlsEvent;

    /// <summary>
    /// Both traffic secrets of a level. The arrays belong to who took the event, who wipes them when keys are derived.
    /// </summary>
    public sealed record Keys(TlsLevel Level, CipherSuite Suite, byte[] Client, byte[] Server) : TlsEvent
    {
        // No secrets in text.
        public override string ToString() => $"Keys {Level} {Suite}";
    }

    /// <summary>The peer's Finished was right: the handshake is complete (RFC 9001 §4.1.1).</summary>
    /// <param name="Peer">Null only on a server that demands no credential.</param>
    public sealed record Complete(PeerCredential? Peer, string Protocol) : TlsEvent;
}
