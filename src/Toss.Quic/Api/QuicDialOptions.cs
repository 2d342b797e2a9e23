namespace Toss.Quic;

/// <summary>How a connection is begun.</summary>
public sealed record QuicDialOptions
{
    public required ConnectionOptions Connection { get; init; }

    /// <summary>Where the peer is believed to be.</summary>
    public required NetworkPath Path { get; init; }

    /// <summary>
    /// The first destination connection ID, which the peer's accept filter sees: at least 8 bytes that an outsider cannot
    /// guess (RFC 9000 §7.2). Null for a random one.
    /// </summary>
    public ConnectionId? FirstDestination { get; init; }

    /// <summary>From <see cref="ConnectionEvent.TokenReceived"/> of an earlier connection to this server, or empty.</summary>
    public ReadOnlyMemory<byte> Token { get; init; }
}
