namespace Toss.Quic;

/// <summary>What happened to an endpoint, in numbers that only grow.</summary>
public sealed record EndpointCounters
{
    /// <summary>Datagrams for nobody, or not worth an answer.</summary>
    public long Dropped { get; internal set; }

    public long Ignored { get; internal set; }

    public long Refused { get; internal set; }

    public long Retries { get; internal set; }

    public long VersionNegotiations { get; internal set; }

    public long ResetsSent { get; internal set; }

    public long ResetsReceived { get; internal set; }

    public long Accepted { get; internal set; }

    public long Dialled { get; internal set; }

    /// <summary>Clients whose address a token proved.</summary>
    public long TokensAccepted { get; internal set; }
}
