using System.Globalization;
using System.Net;

namespace Toss.Testing.Net;

/// <summary>
/// Two homes, each a machine behind a router, and a server between them, on one <see cref="LabSwitch"/>:
/// <code>
/// a 192.168.1.2 ── router 198.51.100.2 ──┐
///                                        ├── server 198.51.100.10, 10.99.0.1
/// b 192.168.2.2 ── router 198.51.100.3 ──┘
/// </code>
/// With IPv6 alone the machines have addresses of the world, and the routers are firewalls. Needs root, iproute2, nftables and
/// conntrack.
/// </summary>
public sealed class NatLab : IDisposable
{
    private readonly LabSwitch _internet = new();
    private readonly LabAddresses _addresses;
    private readonly List<LabNamespace> _hosts = [];
    private readonly List<LabNamespace> _routers = [];
    private readonly List<(string Network, IPAddress Router)> _networks = [];
    private int _homes;

    public NatLab(bool isV6 = false)
    {
        _addresses = new(isV6);
        try
        {
            Server = _internet.AddMachine("server", With(_addresses.ServerOutside));
            Server.Run("ip", "addr", "add", $"{_addresses.Server}", "dev", "lo");
            A = AddHost("a");
            NatA = Connect(A, LabSwitch.Device);
            B = AddHost("b");
            NatB = Connect(B, LabSwitch.Device);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where a relay listens on <see cref="Server"/>.</summary>
    public IPAddress ServerAddress => _addresses.Server;

    public LabNamespace Server { get; }

    public LabNamespace A { get; }

    public LabNamespace B { get; }

    public IPAddress AddressOfB => _addresses.Inside(2, 2);

    public NatRouter NatA { get; private set; }

    public NatRouter NatB { get; }

    /// <summary>
    /// An address of A's router that looks like a public one, which documentation's do not. IANA keeps this network for itself, and
    /// nobody is there.
    /// </summary>
    public static IPAddress OpenedA { get; } = IPAddress.Parse("192.0.1.2");

    /// <summary>B's router reaches <see cref="OpenedA"/>.</summary>
    public void RouteOpened() => _routers[1].Run("ip", "addr", "add", "192.0.1.3/24", "dev", LabSwitch.Device);

    /// <summary>Bytes that came to the server and left it, headers and all.</summary>
    public long ServerBytes => LabSwitch.BytesOf(Server, LabSwitch.Device);

    /// <summary>Passes nothing between the homes any more; what goes by the server stays.</summary>
    public void CutDirect()
    {
        var family = _addresses.IsV6 ? "ip6" : "ip";
        var server = $"{{ {_addresses.Server}, {_addresses.ServerOutside} }}";
        _internet.Drop($"{family} saddr != {server} {family} daddr != {server}");
    }

    public void RestoreDirect() => _internet.Restore();

    /// <summary>From Wi-Fi to cable: A gets another interface, at a router that nobody knows yet, and loses the one it had.</summary>
    public void MoveA()
    {
        NatA = Connect(A, "eth1");
        A.Run("ip", "link", "set", LabSwitch.Device, "down");
    }

    public void Dispose()
    {
        _hosts.ForEach(static host => host.Dispose());
        _internet.Dispose();
    }

    private LabNamespace AddHost(string label)
    {
        var host = Namespaces.Create(label);
        _hosts.Add(host);
        return host;
    }

    /// <summary>A router of its own for the machine's interface, which becomes its way to all the world.</summary>
    private NatRouter Connect(LabNamespace host, string device)
    {
        var home = ++_homes;
        var outside = _addresses.Outside(home + 1);
        var label = string.Create(CultureInfo.InvariantCulture, $"router{home}");
        var router = _internet.AddMachine(label, With(outside));
        Route(router, $"{_addresses.Server}", _addresses.ServerOutside);
        router.Run("ip", "link", "add", "lan", "type", "veth", "peer", "name", device, "netns", host.Name);
        var inside = Plug(router, "lan", _addresses.Inside(home, 1));
        var others = _routers.ToList();
        _routers.Add(router);
        var nat = new NatRouter(inside, EndOf(router, LabSwitch.Device, outside));
        nat.ServeAsDefault(Plug(host, device, _addresses.Inside(home, 2)));
        if (_addresses.IsV6)
        {
            // No NAT: the others must know where this home is.
            var network = With(_addresses.Inside(home, 0));
            foreach (var other in others.Prepend(Server))
            {
                Route(other, network, outside);
            }
            foreach (var (theirs, at) in _networks)
            {
                Route(router, theirs, at);
            }
            _networks.Add((network, outside));
        }
        return nat;
    }

    private void Route(LabNamespace machine, string network, IPAddress by) =>
        machine.Run("ip", _addresses.Family, "route", "add", network, "via", $"{by}");

    private TapEnd Plug(LabNamespace space, string device, IPAddress address)
    {
        space.Run("ip", "addr", "add", With(address), "dev", device);
        space.Run("ip", "link", "set", device, "up");
        return EndOf(space, device, address);
    }

    private TapEnd EndOf(LabNamespace space, string device, IPAddress address) =>
        _addresses.IsV6 ? new(space, device, IPAddress.None, address) : new(space, device, address, IPAddress.IPv6None);

    private string With(IPAddress address) =>
        string.Create(CultureInfo.InvariantCulture, $"{address}/{_addresses.Prefix}");
}
