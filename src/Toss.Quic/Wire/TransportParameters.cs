namespace Toss.Quic.Wire;

/// <summary>What an endpoint announces in its handshake (RFC 9000 §18); absent ones have their defaults.</summary>
internal sealed record TransportParameters
{
    public const int ResetTokenSize = 16;
    public const long LargestMaxStreams = 1L << 60;
    public const long SmallestMaxUdpPayload = 1200;
    public const long LargestAckDelayExponent = 20;

    /// <summary>What counts when nothing is said; ours, always.</summary>
    public const int DefaultAckDelayExponent = 3;
    public const long LargestMaxAckDelay = (1 << 14) - 1;
    public const long SmallestConnectionIdLimit = 2;

    /// <summary>Server only.</summary>
    public ConnectionId? OriginalDestinationConnectionId { get; init; }

    /// <summary>Milliseconds; 0 is none.</summary>
    public long MaxIdleTimeout { get; init; }

    /// <summary>Server only; 16 bytes, or empty.</summary>
    public ReadOnlyMemory<byte> StatelessResetToken { get; init; }

    public long MaxUdpPayloadSize { get; init; } = 65527;
    public long InitialMaxData { get; init; }

    /// <summary>Of streams that the announcing side opens.</summary>
    public long InitialMaxStreamDataBidirectionalLocal { get; init; }

    /// <summary>Of streams that the other side opens.</summary>
    public long InitialMaxStreamDataBidirectionalRemote { get; init; }

    public long InitialMaxStreamDataUnidirectional { get; init; }
    public long InitialMaxStreamsBidirectional { get; init; }
    public long InitialMaxStreamsUnidirectional { get; init; }
    public long AckDelayExponent { get; init; } = DefaultAckDelayExponent;

    /// <summary>Milliseconds.</summary>
    public long MaxAckDelay { get; init; } = 25;

    public bool DisableActiveMigration { get; init; }

    /// <summary>Server only.</summary>
    public PreferredAddress? PreferredAddress { get; init; }

    public long ActiveConnectionIdLimit { get; init; } = SmallestConnectionIdLimit;

    /// <summary>Both sides must send it (§7.3); that it is there and right the connection checks.</summary>
    public ConnectionId? InitialSourceConnectionId { get; init; }

    /// <summary>Server only, after a Retry.</summary>
    public ConnectionId? RetrySourceConnectionId { get; init; }

    /// <summary>0: no DATAGRAM frames (RFC 9221 §3).</summary>
    public long MaxDatagramFrameSize { get; init; }

    /// <summary>The announcing side takes packets without the fixed bit (RFC 9287).</summary>
    public bool GreaseQuicBit { get; init; }

    public AddressDiscovery AddressDiscovery { get; init; } = AddressDiscovery.None;
}
