using System.Net;
using Toss.Transport.Mdns;

namespace Toss.Transport.Paths;

/// <summary>A network that this machine is in by one of its interfaces.</summary>
/// <param name="Own">This machine's address there.</param>
/// <param name="Interface">As the system numbers it; it tells one network of link-local addresses from another.</param>
/// <param name="IsVirtual">A VPN, or a bridge of containers or virtual machines.</param>
public sealed record LocalNetwork(LanAddress Own, int Interface, bool IsVirtual)
{
    /// <summary>How packets to this address leave, as far as addresses tell.</summary>
    public static WayKind WayTo(IPAddress address, IReadOnlyList<LocalNetwork> networks) =>
        IPAddress.IsLoopback(address) || networks.Any(one => !one.IsVirtual && one.Holds(address))
            ? WayKind.Near
            : WayKind.Elsewhere;

    private bool Holds(IPAddress address) =>
        address.IsIPv6LinkLocal ? Own.Address.IsIPv6LinkLocal && address.ScopeId == Interface : Own.Contains(address);
}

/// <summary>In order of preference.</summary>
public enum WayKind
{
    /// <summary>Within a network of real interfaces.</summary>
    Near,

    /// <summary>By a VPN, by a router, across the internet: which of them, an address does not tell.</summary>
    Elsewhere,
}
