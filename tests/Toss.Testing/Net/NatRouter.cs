using System.Globalization;
using System.Net;
using Toss.Testing.Programs;

namespace Toss.Testing.Net;

/// <summary>
/// A namespace as a home's router: its own end of one link is inside, that of another outside. For IPv4 it is a NAT, which
/// keeps ports where they are free until <see cref="Rebind"/>; for IPv6 a firewall alone (RFC 6092). Drops what comes unasked.
/// </summary>
public sealed class NatRouter
{
    private readonly TapEnd _inside;
    private readonly TapEnd _outside;
    private string _masquerade = "masquerade";
    private string _forwarded = "";
    private string _blocked = "";

    public NatRouter(TapEnd inside, TapEnd outside)
    {
        (_inside, _outside) = (inside, outside);
        inside.Space.Run(
            "sh",
            "-c",
            "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"
        );
        Apply();
    }

    /// <summary>Who is inside sends to all the world by this router.</summary>
    public void ServeAsDefault(TapEnd host)
    {
        Route("-4", _inside.V4, IPAddress.None);
        Route("-6", _inside.V6, IPAddress.IPv6None);

        void Route(string family, IPAddress router, IPAddress none)
        {
            if (!router.Equals(none))
            {
                host.Space.Run("ip", family, "route", "replace", "default", "via", $"{router}", "dev", host.Device);
            }
        }
    }

    /// <summary>Another port, drawn anew, for each peer that somebody inside writes to (RFC 4787 §4.1).</summary>
    public void DrawPorts()
    {
        _masquerade = "masquerade random,fully-random";
        Apply();
    }

    /// <summary>
    /// Opens ports for who asks by PCP or NAT-PMP, until that is disposed; outside the router has this address too. The last thing
    /// that is arranged: what changes rules afterwards closes them.
    /// </summary>
    public Task<MiniUpnpd> OpenPortsAsync(IPAddress address)
    {
        _outside.Space.Run("ip", "addr", "add", $"{address}/24", "dev", _outside.Device);
        return MiniUpnpd.StartAsync(_inside.Space, _inside.Device, _outside.Device, address);
    }

    /// <summary>What stands in the tables that <see cref="OpenPortsAsync"/> has filled.</summary>
    public string OpenedPorts => _inside.Space.Run("nft", "list", "table", "inet", "miniupnpd");

    /// <summary>Whatever comes to this port goes to the same one of the machine inside (RFC 4787 §5, endpoint-independent).</summary>
    public void Forward(int port, IPAddress host)
    {
        _forwarded = string.Create(
            CultureInfo.InvariantCulture,
            $"iifname \"{_outside.Device}\" udp dport {port} dnat to {host}:{port}"
        );
        Apply();
    }

    /// <summary>As in offices: web pages and nothing else.</summary>
    public void BlockUdp()
    {
        _blocked = "meta l4proto udp drop";
        Apply();
    }

    /// <summary>Forgets every mapping. What goes out next comes from this port and those above it.</summary>
    public void Rebind(int firstPort)
    {
        var ports = string.Create(CultureInfo.InvariantCulture, $"{firstPort}-{firstPort + 99}");
        _masquerade = $"meta l4proto {{ tcp, udp }} masquerade to :{ports}";
        Apply();
        _inside.Space.Run("conntrack", "-F");
    }

    // Unasked packets are dropped at the router's input as well: an early packet of the other side would take the place
    // in the table that the answer needs, and the NAT would pick another port.
    private void Apply() =>
        _inside.Space.Run(
            "nft",
            $$"""
            flush ruleset
            table ip nat {
              chain pre {
                type nat hook prerouting priority dstnat
                {{_forwarded}}
              }
              chain post { type nat hook postrouting priority srcnat; oifname "{{_outside.Device}}" {{_masquerade}}; }
            }
            table inet filter {
              chain input { type filter hook input priority 0; policy accept; iifname "{{_outside.Device}}" ct state new meta l4proto { tcp, udp } drop; }
              chain forward {
                type filter hook forward priority 0; policy drop
                {{_blocked}}
                iifname "{{_inside.Device}}" accept
                ct state established,related accept
                ct status dnat accept
              }
            }
            """
        );
}
