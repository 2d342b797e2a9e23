using Toss.Quic.Wire;

namespace Toss.Quic;

/// <summary>What one side wants of a connection.</summary>
public sealed record ConnectionOptions
{
    /// <summary>Its transport parameters are filled in by the connection.</summary>
    public required TlsOptions Tls { get; init; }

    /// <summary>What the peer may send and open from the beginning, and the windows after that.</summary>
    public StreamLimits Limits { get; init; } =
        new()
        {
            Data = 16 << 20,
            OwnBidirectional = 4 << 20,
            PeerBidirectional = 4 << 20,
            Unidirectional = 4 << 20,
            BidirectionalStreams = 100,
            UnidirectionalStreams = 100,
        };

    /// <summary>The most bytes that one stream holds until they are acknowledged.</summary>
    public int SendCapacity { get; init; } = 4 << 20;

    /// <summary>Without a packet from the peer for this long the connection is gone; the peer's may be shorter. Zero is never.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A handshake in which nothing comes for so long is given up.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Something is sent when nothing was for this long, so that peer and NATs remember us. Zero is never.</summary>
    public TimeSpan KeepAlive { get; init; }

    public CongestionControl Congestion { get; init; } = CongestionControl.Bbr;

    /// <summary>The largest UDP payload that is looked for on a path; at least 1,200 (RFC 9000 §14.1).</summary>
    public int LargestDatagram { get; init; } = 1452;

    /// <summary>Datagrams of one size that are handed over at a time (segmentation offload).</summary>
    public int BatchSegments { get; init; } = 44;

    /// <summary>The largest DATAGRAM frame taken (RFC 9221 §3); 0 is none at all.</summary>
    public int MaxDatagramFrameSize { get; init; }

    public TimeSpan MaxAckDelay { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Whether packets are marked, once a path is seen to carry marks (RFC 9000 §13.4).</summary>
    public bool UsesEcn { get; init; } = true;

    public AddressDiscovery AddressDiscovery { get; init; } = AddressDiscovery.None;

    /// <summary>A server asks the peer to stay on its path.</summary>
    public bool DisablesMigration { get; init; }

    /// <summary>For debugging: what happens, packet by packet. Without it nothing of the kind is done.</summary>
    public QlogOpen? Qlog { get; init; }

    /// <summary>Throws when the caller made a mistake.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(IdleTimeout.Ticks, nameof(IdleTimeout));
        ArgumentOutOfRangeException.ThrowIfNegative(KeepAlive.Ticks, nameof(KeepAlive));
        ArgumentOutOfRangeException.ThrowIfLessThan(
            LargestDatagram,
            (int)TransportParameters.SmallestMaxUdpPayload,
            nameof(LargestDatagram)
        );
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LargestDatagram, 65_527, nameof(LargestDatagram));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSegments, nameof(BatchSegments));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            MaxAckDelay.TotalMilliseconds,
            TransportParameters.LargestMaxAckDelay,
            nameof(MaxAckDelay)
        );
    }
}
