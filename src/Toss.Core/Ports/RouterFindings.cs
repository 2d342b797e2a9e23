using System.Net;

namespace Toss.Core.Ports;

/// <summary>What a router says of a port for links.</summary>
/// <param name="IsPcp">By PCP (RFC 6887); else by NAT-PMP (RFC 6886).</param>
/// <param name="External">Where it takes packets for this device, if it does.</param>
/// <param name="Result">Why not, as a number of its protocol.</param>
public sealed record RouterFindings(RouterAnswer Answer, bool IsPcp, IPEndPoint? External, int Result);

public enum RouterAnswer
{
    /// <summary>None so far.</summary>
    None,
    Mapped,
    Refused,
}
