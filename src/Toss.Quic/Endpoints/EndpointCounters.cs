namespace Toss.Quic.Endpoints;

/// <summary>What happened to an endpoint, in numbers that only grow.</summary>
internal sealed class EndpointCounters
{
    /// <summary>Datagrams for nobody, or not worth an answer.</summary>
    public long Dropped { get; set; }

    public long Ignored { get; set; }

    public long Refused { get; set; }

    public long Retries { get; set; }

    public long VersionNegotiations { get; set; }

    public long ResetsSent { get; set; }

    public long ResetsReceived { get; set; }

    public long Accepted { get; set; }

    public long Dialled { get; set; }

    /// <summary>Clients whose address a token proved.</summary>
    public long TokensAccepted { get; set; }
}
