using System.Globalization;
using System.Net;

namespace Toss.Testing.Net;

/// <summary>
/// Two homes, each a machine behind a router with a NAT, and a server between them, on a wire of the kernel's:
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

    private readonly List<LabNamespace> _spaces = [];
    private int _links;

    public NatLab()
    {
        try
        {
            var net = Space("net");
            net.Run("ip", "link", "add", "br0", "type", "bridge");
            net.Run("ip", "link", "set", "br0", "up");
            Server = Space("server");
            _ = Join(net, Server, ServerOutside);
            Server.Run("ip", "addr", "add", $"{ServerAddress}/32", "dev", "lo");
            (A, NatA) = Home(net, "a", 1, "198.51.100.2");
            (B, NatB) = Home(net, "b", 2, "198.51.100.3");
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
            long.Parse(Server.Run("cat", $"/sys/class/net/wan/statistics/{counter}"), CultureInfo.InvariantCulture)
        );

    /// <summary>Drops all UDP between the two homes, as a network does that is cut; what goes by the server stays.</summary>
    public void CutDirect() =>
        _spaces[0]
            .Run(
                "nft",
                """
                table bridge cut {
                  chain forward {
                    type filter hook forward priority 0
                    ip saddr { 198.51.100.2, 198.51.100.3 } ip daddr { 198.51.100.2, 198.51.100.3 } drop
                  }
                }
                """
            );

    public void HealDirect() => _spaces[0].Run("nft", "flush ruleset");

    public void Dispose()
    {
        _spaces.ForEach(static space => space.Dispose());
        _spaces.Clear();
    }

    private (LabNamespace Host, NatRouter Nat) Home(LabNamespace net, string name, int number, string outside)
    {
        var (host, router) = (Space(name), Space($"{name}-nat"));
        var (lan, eth) = Wire(router, "lan", host, "eth0");
        Address(lan, $"192.168.{number}.1");
        Address(eth, $"192.168.{number}.2");
        var wan = Join(net, router, outside);
        router.Run("ip", "route", "add", $"{ServerAddress}", "via", ServerOutside);
        var nat = new NatRouter(
            new TapEnd(router, "lan", IPAddress.Parse($"192.168.{number}.1"), IPAddress.IPv6None),
            new TapEnd(router, wan, IPAddress.Parse(outside), IPAddress.IPv6None)
        );
        nat.ServeAsDefault(new TapEnd(host, "eth0", IPAddress.Parse($"192.168.{number}.2"), IPAddress.IPv6None));
        return (host, nat);
    }

    private string Join(LabNamespace net, LabNamespace space, string address)
    {
        var port = $"p{_links}";
        var (_, wan) = Wire(net, port, space, "wan");
        net.Run("ip", "link", "set", port, "master", "br0");
        Address(wan, address);
        return "wan";
    }

    private (LabPort A, LabPort B) Wire(LabNamespace a, string nameA, LabNamespace b, string nameB)
    {
        _links++;
        a.Run("ip", "link", "add", nameA, "type", "veth", "peer", "name", nameB, "netns", b.Name);
        a.Run("ip", "link", "set", nameA, "up");
        b.Run("ip", "link", "set", nameB, "up");
        return (new LabPort(a, nameA), new LabPort(b, nameB));
    }

    private static void Address(LabPort port, string address) =>
        port.Space.Run("ip", "addr", "add", $"{address}/24", "dev", port.Device);

    private LabNamespace Space(string label)
    {
        var space = Namespaces.Create(label);
        _spaces.Add(space);
        return space;
    }

    private readonly record struct LabPort(LabNamespace Space, string Device);
}
