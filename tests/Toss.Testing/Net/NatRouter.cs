using System.Globalization;

namespace Toss.Testing.Net;

/// <summary>
/// A namespace as a home's NAT for IPv4: its own end of one link is inside, that of another outside. Ports are kept where
/// they are free, until <see cref="Rebind"/>. Drops what comes unasked.
/// </summary>
public sealed class NatRouter
{
    private readonly TapEnd _inside;
    private readonly TapEnd _outside;

    public NatRouter(TapEnd inside, TapEnd outside)
    {
        (_inside, _outside) = (inside, outside);
        inside.Space.Run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        Apply("masquerade");
    }

    /// <summary>Who is inside sends to all the world by this router.</summary>
    public void ServeAsDefault(TapEnd host) =>
        host.Space.Run("ip", "route", "replace", "default", "via", _inside.V4.ToString(), "dev", host.Device);

    /// <summary>Another port, drawn anew, for each peer that somebody inside writes to (RFC 4787 §4.1).</summary>
    public void DrawPorts() => Apply("masquerade random,fully-random");

    /// <summary>Forgets every mapping. What goes out next comes from this port and those above it.</summary>
    public void Rebind(int firstPort)
    {
        var ports = string.Create(CultureInfo.InvariantCulture, $"{firstPort}-{firstPort + 99}");
        Apply($"meta l4proto {{ tcp, udp }} masquerade to :{ports}");
        _inside.Space.Run("conntrack", "-F");
    }

    // Unasked packets are dropped at the router's input as well: an early packet of the other side would take the place
    // in the table that the answer needs, and the NAT would pick another port.
    private void Apply(string masquerade) =>
        _inside.Space.Run(
            "nft",
            $$"""
            flush ruleset
            table ip nat {
              chain post { type nat hook postrouting priority srcnat; oifname "{{_outside.Device}}" {{masquerade}}; }
            }
            table ip filter {
              chain input { type filter hook input priority 0; policy accept; iifname "{{_outside.Device}}" ct state new drop; }
              chain forward { type filter hook forward priority 0; policy drop; iifname "{{_inside.Device}}" accept; ct state established,related accept; }
            }
            """
        );
}
