using System.Net;

namespace Toss.Transport.Mapping;

/// <summary>How it stands with a router's mapping.</summary>
/// <param name="IsPcp">Of the two protocols the newer one.</param>
/// <param name="External">Where the router takes packets for us; null without a mapping.</param>
/// <param name="Result">The router's reason, where it refused.</param>
public sealed record MappingStatus(MappingState State, bool IsPcp, IPEndPoint? External = null, int Result = 0);

public enum MappingState
{
    /// <summary>No answer yet; most routers that give none never will.</summary>
    Asking,
    Mapped,

    /// <summary>It speaks the protocol and does not want to, or cannot.</summary>
    Refused,
}
