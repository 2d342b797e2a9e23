namespace Toss.Quic;

/// <summary>What becomes of a peer that begins a handshake.</summary>
public enum AcceptDecision
{
    Accept,

    /// <summary>It first has to show that it receives what is sent to its address (RFC 9000 §8.1.2).</summary>
    Retry,

    /// <summary>It is told that nobody wants it (CONNECTION_REFUSED).</summary>
    Refuse,

    /// <summary>As if nobody were here: no state, no key, no answer.</summary>
    Ignore,
}

/// <summary>What is known of a peer by its first packet, before anything of it is opened: all of it may be forged.</summary>
public readonly record struct IncomingInitial(
    NetworkPath From,
    ConnectionId Destination,
    ConnectionId Source,
    bool HasToken
);

/// <summary>Asked for each first packet of a handshake, also one of another version, before any state or answer exists.</summary>
public delegate AcceptDecision AcceptFilter(in IncomingInitial initial);

public sealed record EndpointOptions
{
    /// <summary>For connections that peers begin; null takes none.</summary>
    public ConnectionOptions? Server { get; init; }

    public AcceptFilter? Filter { get; init; }

    /// <summary>32 bytes that only this endpoint knows; the same after a restart, if peers shall be told that it forgot them.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>Connections at a time; further peers are refused.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Handshakes at a time with peers whose address is not known to be theirs; from then on they must retry.</summary>
    public int MaxUnvalidated { get; init; } = 32;

    /// <summary>Bytes of the connection IDs issued; 4 to 20.</summary>
    public int ConnectionIdLength { get; init; } = 8;

    /// <summary>Peers are told, by a stateless reset, when they send to a connection that is gone (RFC 9000 §10.3).</summary>
    public bool SendsResets { get; init; } = true;

    /// <summary>Clients get a token, so that they are known when they come back (RFC 9000 §8.1.3).</summary>
    public bool SendsTokens { get; init; } = true;

    public TimeSpan RetryLifetime { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(24);
}
