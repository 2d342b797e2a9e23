namespace Toss.Quic;

/// <summary>
/// What one side allows the other from the beginning: the transport parameters of RFC 9000 §18.2, seen from who sends them.
/// Our own are windows as well: more is granted as it is consumed.
/// </summary>
public sealed record StreamLimits
{
    /// <summary>initial_max_data.</summary>
    public long Data { get; init; }

    /// <summary>initial_max_stream_data_bidi_local: on streams that the sender of this opened.</summary>
    public long OwnBidirectional { get; init; }

    /// <summary>initial_max_stream_data_bidi_remote: on streams that the receiver of this opened.</summary>
    public long PeerBidirectional { get; init; }

    /// <summary>initial_max_stream_data_uni.</summary>
    public long Unidirectional { get; init; }

    /// <summary>initial_max_streams_bidi.</summary>
    public long BidirectionalStreams { get; init; }

    /// <summary>initial_max_streams_uni.</summary>
    public long UnidirectionalStreams { get; init; }
}
