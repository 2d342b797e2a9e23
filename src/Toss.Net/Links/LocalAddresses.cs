using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Toss.Net.Mapping;
using Toss.Transport.Mdns;
using Toss.Transport.Paths;

namespace Toss.Net.Links;

/// <summary>The addresses of this machine at which a peer may reach it.</summary>
internal static class LocalAddresses
{
    /// <summary>What bridges of containers, virtual machines and VPNs are called; a peer is hardly ever behind one.</summary>
    private static readonly string[] s_virtual =
    [
        "docker",
        "br-",
        "virbr",
        "veth",
        "vmnet",
        "vboxnet",
        "lxc",
        "tun",
        "tap",
        "wg",
        "tailscale",
        "zt",
        "utun",
        "vEthernet",
    ];

    /// <summary>
    /// Real interfaces first, then virtual ones, the machine's own loopback last: devices that share a machine are found there
    /// when it has no network. IPv4 first within each: home routers filter it less. Link-local IPv6 is left out, since it
    /// means nothing without the peer's own name of the interface.
    /// </summary>
    public static IReadOnlyList<IPAddress> Now() =>
        [
            .. Held()
                .Where(held => !held.Own.Address.IsIPv6LinkLocal && !held.Own.Address.IsIPv6Multicast)
                .OrderBy(held => RankOf(held.Interface))
                .ThenBy(held => held.Own.Address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
                .Select(held => held.Own.Address)
                .Distinct(),
        ];

    /// <summary>
    /// Interfaces on which multicast is heard, each family by itself, real ones first. Of an interface that has none of a
    /// family's addresses nothing is said.
    /// </summary>
    public static IReadOnlyList<LanInterface> WithMulticast() =>
        [
            .. Held()
                .Where(held =>
                    held.Interface
                        is { SupportsMulticast: true, NetworkInterfaceType: not NetworkInterfaceType.Loopback }
                )
                .GroupBy(held => (held.Interface.Id, held.Own.Address.AddressFamily))
                .OrderBy(group => RankOf(group.First().Interface))
                .ThenBy(group => group.Key.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
                .Select(group => new LanInterface(
                    IndexOf(group.First().Interface),
                    group.Key.AddressFamily == AddressFamily.InterNetworkV6,
                    [.. group.Select(held => new LanAddress(held.Own.Address, held.Own.PrefixLength))]
                ))
                .Where(lan => lan.Index > 0),
        ];

    /// <summary>The networks of all interfaces but the machine's own loopback.</summary>
    public static IReadOnlyList<LocalNetwork> Networks() =>
        [
            .. Held()
                .Where(held => RankOf(held.Interface) < 2)
                .Select(held => new LocalNetwork(
                    new LanAddress(held.Own.Address, held.Own.PrefixLength),
                    IndexOf(held.Interface),
                    IsVirtual: RankOf(held.Interface) == 1
                )),
        ];

    /// <summary>Default routers of real interfaces by IPv4, each with this machine's address in its network.</summary>
    public static IReadOnlyList<RouterPlace> Routers()
    {
        var held = Held()
            .Where(held => RankOf(held.Interface) == 0 && held.Own.Address.AddressFamily == AddressFamily.InterNetwork)
            .ToList();
        return
        [
            .. held.SelectMany(one =>
                    GatewaysOf(one.Interface)
                        .Where(new LanAddress(one.Own.Address, one.Own.PrefixLength).Contains)
                        .Select(router => new RouterPlace(one.Own.Address, router))
                )
                .DistinctBy(static place => place.Router),
        ];
    }

    /// <summary>Interfaces that are up, without the machine's own loopback, and the families in which something beyond them has an address.</summary>
    public static (int Real, int Virtual, bool HasV4, bool HasV6) Survey()
    {
        var held = Held().Where(one => RankOf(one.Interface) < 2).ToList();
        int Count(int rank) =>
            held.Where(one => RankOf(one.Interface) == rank).DistinctBy(one => one.Interface.Id).Count();
        bool Has(AddressFamily family) =>
            held.Exists(one => one.Own.Address.AddressFamily == family && !one.Own.Address.IsIPv6LinkLocal);
        return (Count(0), Count(1), Has(AddressFamily.InterNetwork), Has(AddressFamily.InterNetworkV6));
    }

    /// <summary>
    /// Whether the peer there is in a network of this machine: it shares a prefix with one of its addresses, or has a private
    /// address (RFC 1918, 4193), or a link-local one. Asks the system, which takes a while: once a link.
    /// </summary>
    public static bool IsNear(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || IsPrivate(address))
        {
            return true;
        }
        return Held()
            .Any(held =>
                held.Own.Address.AddressFamily == address.AddressFamily
                && new IPNetwork(Masked(held.Own.Address, held.Own.PrefixLength), held.Own.PrefixLength).Contains(
                    address
                )
            );
    }

    /// <summary>What the system tells; an interface that goes away meanwhile is left out, and a silent system has none.</summary>
    private static List<(NetworkInterface Interface, UnicastIPAddressInformation Own)> Held()
    {
        var held = new List<(NetworkInterface, UnicastIPAddressInformation)>();
        try
        {
            foreach (var one in NetworkInterface.GetAllNetworkInterfaces())
            {
                if (one.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                {
                    held.AddRange(one.GetIPProperties().UnicastAddresses.Select(own => (one, own)));
                }
            }
        }
        catch (Exception failure)
            when (failure
                    is NetworkInformationException
                        or SocketException
                        or IOException
                        or UnauthorizedAccessException
                        or PlatformNotSupportedException
            )
        {
            // Peers may still be dialled, and those known so far may still dial us.
        }
        return held;
    }

    private static IEnumerable<IPAddress> GatewaysOf(NetworkInterface one)
    {
        try
        {
            return one.GetIPProperties()
                .GatewayAddresses.Select(static gateway => gateway.Address)
                .Where(static address => !address.Equals(IPAddress.Any));
        }
        catch (Exception failure) when (failure is NetworkInformationException or PlatformNotSupportedException)
        {
            return [];
        }
    }

    /// <summary>The same in both families where it has both; 0 if the system does not say.</summary>
    private static int IndexOf(NetworkInterface one)
    {
        try
        {
            var properties = one.GetIPProperties();
            return one.Supports(NetworkInterfaceComponent.IPv4)
                ? properties.GetIPv4Properties().Index
                : properties.GetIPv6Properties().Index;
        }
        catch (NetworkInformationException)
        {
            return 0;
        }
    }

    private static bool IsPrivate(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork
        && address.GetAddressBytes() is var bytes
        && (
            bytes[0] == 10
            || (bytes[0] == 172 && bytes[1] is >= 16 and < 32)
            || (bytes[0] == 192 && bytes[1] == 168)
            || (bytes[0] == 169 && bytes[1] == 254)
        );

    private static IPAddress Masked(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(prefix - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }
        return new IPAddress(bytes);
    }

    private static int RankOf(NetworkInterface one) =>
        one.NetworkInterfaceType == NetworkInterfaceType.Loopback ? 2
        : one.NetworkInterfaceType is NetworkInterfaceType.Tunnel or NetworkInterfaceType.Ppp
        || s_virtual.Any(prefix => one.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            ? 1
        : 0;
}
