namespace Toss.Net.Udp;

/// <summary>What became of an attempt to bind a socket.</summary>
public enum BindResult
{
    Bound,

    /// <summary>Somebody has the port.</summary>
    AddressInUse,

    /// <summary>No interface has the address (any more).</summary>
    AddressUnavailable,

    /// <summary>The system has no IPv6, or no IPv4.</summary>
    FamilyUnsupported,

    /// <summary>Not allowed, or no more sockets.</summary>
    Refused,
}
