using System.Globalization;
using System.Net;

namespace Toss.Testing.Net;

/// <summary>
/// Two homes, each a machine behind a router with a NAT, and a server between them, on one <see cref="LabSwitch"/>:
/// <code>
/// a 192.168.1.2 ── router 198.51.100.2 ──┐
///                                        ├── server 198.51.100.10, 10.99.0.1
/// b 192.168.2.2 ── router 198.51.100.3 ──┘
/// </code>
/// The server's second address is private, so that it may be spoken to without a certificate. Needs root, iproute2, nftables
/// and conntrack.
/// </summary>
public sealed class NatLab : IDisposable
{
    public static readonly IPAddress ServerAddress = IPAddress.Parse("10.99.0.1");

    private const string ServerOutside = "198.51.100.10";

    private readonly LabSwitch _internet = new();
    private readonly List<LabNamespace> _hosts = [];

    public NatLab()
    {
        try
        {
            Server = _internet.AddMachine("server", $"{ServerOutside}/24");
            Server.Run("ip", "addr", "add", $"{ServerAddress}/32", "dev", "lo");
            (A, NatA) = AddHome("a", 1, "198.51.100.2");
            (B, NatB) = AddHome("b", 2, "198.51.100.3");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public LabNamespace Server { get; }

    public LabNamespace A { get; }

    public LabNamespace B { get; }

    public NatRouter NatA { get; }

    public NatRouter NatB { get; }

    /// <summary>Bytes that came to the server and left it, headers and all.</summary>
    public long ServerBytes =>
        new[] { "rx_bytes", "tx_bytes" }.Sum(counter =>
            long.Parse(
                Server.Run("cat", $"/sys/class/net/{LabSwitch.Device}/statistics/{counter}"),
                CultureInfo.InvariantCulture
            )
        );

    /// <summary>Passes nothing between the two homes any more; what goes by the server stays.</summary>
    public void CutDirect() =>
        _internet.Drop("ip saddr { 198.51.100.2, 198.51.100.3 } ip daddr { 198.51.100.2, 198.51.100.3 }");

    public void Dispose()
    {
        _hosts.ForEach(static host => host.Dispose());
        _internet.Dispose();
    }

    private (LabNamespace Host, NatRouter Nat) AddHome(string name, int number, string outside)
    {
        var router = _internet.AddMachine($"{name}-nat", $"{outside}/24");
        router.Run("ip", "route", "add", $"{ServerAddress}", "via", ServerOutside);
        var host = Namespaces.Create(name);
        _hosts.Add(host);
        router.Run("ip", "link", "add", "lan", "type", "veth", "peer", "name", LabSwitch.Device, "netns", host.Name);
        var inside = Plug(router, "lan", $"192.168.{number}.1");
        var nat = new NatRouter(inside, EndOf(router, LabSwitch.Device, outside));
        nat.ServeAsDefault(Plug(host, LabSwitch.Device, $"192.168.{number}.2"));
        return (host, nat);
    }

    private static TapEnd Plug(LabNamespace space, string device, string address)
    {
        space.Run("ip", "addr", "add", $"{address}/24", "dev", device);
        space.Run("ip", "link", "set", device, "up");
        return EndOf(space, device, address);
    }

    private static TapEnd EndOf(LabNamespace space, string device, string address) =>
        new(space, device, IPAddress.Parse(address), IPAddress.IPv6None);
}
