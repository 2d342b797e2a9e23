namespace Toss.Testing.Interop;

/// <summary>
/// What a peer that is not ours says happened on the wire. A row of an interop table is green only if the feature it names
/// is in here: the file arriving does not show that a Retry was sent or a key changed.
/// </summary>
public sealed record WireFacts
{
    /// <summary>A Retry packet was received (RFC 9000 §17.2.5).</summary>
    public bool RetryReceived { get; init; }

    /// <summary>A Version Negotiation packet was received (RFC 9000 §17.2.1).</summary>
    public bool VersionNegotiationReceived { get; init; }

    /// <summary>Key phase bits of the 1-RTT packets sent: both, if keys were updated (RFC 9001 §6).</summary>
    public IReadOnlySet<int> KeyPhasesSent { get; init; } = new SortedSet<int>();

    /// <summary>Likewise, of those received and opened.</summary>
    public IReadOnlySet<int> KeyPhasesReceived { get; init; } = new SortedSet<int>();

    /// <summary>PATH_RESPONSE frames received: this peer challenged, and the other side answered.</summary>
    public int PathResponsesReceived { get; init; }

    public int PathResponsesSent { get; init; }

    /// <summary>Paths that this peer says it has validated (RFC 9000 §8.2); quic-go has no such event.</summary>
    public int PathsValidated { get; init; }

    /// <summary>1-RTT packets that this peer sent and declared lost.</summary>
    public int PacketsLost { get; init; }

    /// <summary>DATAGRAM frames (RFC 9221).</summary>
    public int DatagramsSent { get; init; }

    public int DatagramsReceived { get; init; }

    /// <summary>CRYPTO_ERROR and other codes of CONNECTION_CLOSE frames received, transport's only.</summary>
    public IReadOnlySet<int> CloseCodesReceived { get; init; } = new SortedSet<int>();

    /// <summary>Codes of the application in such frames.</summary>
    public IReadOnlySet<int> ApplicationCodesReceived { get; init; } = new SortedSet<int>();

    /// <summary>Packets with a mark of ECN that it counted in an ACK frame that it sent; the largest such number.</summary>
    public int MarksReported { get; init; }

    /// <summary>0-RTT packets sent; ngtcp2 only.</summary>
    public int EarlyPacketsSent { get; init; }

    /// <summary>The server did not take what was sent in 0-RTT; ngtcp2's client only.</summary>
    public bool EarlyDataRejected { get; init; }

    /// <summary>CRYPTO frames sent in 1-RTT packets: a server's session tickets (RFC 9001 §4.6.1); ngtcp2 only.</summary>
    public int TicketsSent { get; init; }

    /// <summary>As the peer names it; null if it does not say.</summary>
    public string? CipherSuite { get; init; }

    public string? Alpn { get; init; }

    /// <summary>Endpoints that packets came from; ngtcp2 only.</summary>
    public IReadOnlySet<string> RemoteEndpoints { get; init; } = new SortedSet<string>(StringComparer.Ordinal);

    /// <summary>A token from a Retry or NEW_TOKEN was accepted; ngtcp2's server only.</summary>
    public bool TokenValidated { get; init; }
}
