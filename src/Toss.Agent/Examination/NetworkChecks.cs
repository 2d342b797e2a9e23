using System.Net;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Examination;

/// <summary>What the findings of a network mean to a person, and what to do: pure, for an agent that runs and for none.</summary>
public static class NetworkChecks
{
    private const string LinksOff = "links-off";

    /// <summary>Windows lets in what its user said yes to when it asked, and it asks once.</summary>
    private const string AllowOnWindows =
        "in Windows' settings, allow toss.exe through the firewall in private networks";

    /// <summary>What holds on this machine, whoever runs: everything but relays, and what only peers can tell.</summary>
    public static IEnumerable<DoctorCheck> OfMachine(NetworkFindings found) =>
        [Interfaces(found), Udp(found), Multicast(found)];

    /// <summary>Machines in one network that see each other and get no further are kept apart by a firewall.</summary>
    /// <param name="seen">Names of peers that are seen here without a link; null if nobody knows.</param>
    public static DoctorCheck Firewall(NetworkFindings found, IReadOnlyList<string>? seen)
    {
        var program = found.Firewall is { } name
            ? $"{NameOf(name)} is on here"
            : "no firewall program is known to be on here";
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("firewall", state, code, message, next) { Figures = Figures(("seenWithoutLink", seen?.Count ?? 0)) };
        if (seen is { Count: > 0 })
        {
            return Check(
                DoctorCheck.Warning,
                found.Firewall is null ? "seen-not-linked" : $"seen-not-linked-{found.Firewall}",
                $"{string.Join(", ", seen)}: seen in this network, but no link comes about. A firewall, here or there, seems "
                    + $"to keep UDP out ({program}).",
                Opening(found.Firewall)
            );
        }
        var kept = seen is null ? "" : ", and keeps away no device that is seen in this network";
        return Check(DoctorCheck.Ok, found.Firewall ?? "none-known", found.Firewall is null ? program : program + kept);
    }

    public static DoctorCheck Nat(NetworkFindings found)
    {
        var figures = Figures([
            ("asked", found.StunServers),
            ("answered", found.StunAnswers),
            .. found.LetsOtherPortsIn is { } letsIn
                ? [("letsOtherPortsIn", letsIn ? 1 : 0)]
                : Array.Empty<(string, double)>(),
        ]);
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("nat", state, code, message, next) { Figures = figures };
        if (!found.UsesLinks)
        {
            return Check(DoctorCheck.Ok, LinksOff, "not looked at: direct links are off");
        }
        if (found.StunServers == 0)
        {
            return Check(
                DoctorCheck.Ok,
                "nobody-asked",
                "unknown: no relay is connected that tells this device how it is seen from outside"
            );
        }
        if (found.StunAnswers == 0)
        {
            return Check(
                DoctorCheck.Warning,
                "udp-blocked",
                "the relay's UDP port does not answer: UDP to it is blocked on the way, so there are links within this network "
                    + "only",
                "let UDP out to the relay's UDP port, and in at the relay (see `toss-relay --udp`)"
            );
        }
        return found.Nat switch
        {
            NatMapping.None => Check(
                DoctorCheck.Ok,
                "none",
                "none: this device is seen as it sees itself" + Filters(found)
            ),
            NatMapping.SameForAll => Check(
                DoctorCheck.Ok,
                "same-for-all",
                "a NAT that keeps one port for all peers: direct links through it are possible" + Filters(found)
            ),
            NatMapping.DiffersByPeer when found.Routers.Any(static one => one.Answer == RouterAnswer.Mapped) => Check(
                DoctorCheck.Ok,
                "differs-by-peer-mapped",
                "a NAT that opens another port for each peer, and one that stays for this device: direct links are possible"
                    + Filters(found)
            ),
            NatMapping.DiffersByPeer => Check(
                DoctorCheck.Warning,
                "differs-by-peer",
                "a NAT that opens another port for each peer: links to devices behind NATs go through the relay"
                    + Filters(found),
                "everything works, slower; another router, or IPv6, makes it direct"
            ),
            _ => Check(
                DoctorCheck.Ok,
                "unknown",
                "a relay answers, but at one port only, which does not tell how a NAT maps"
            ),
        };
    }

    /// <summary>What is let in, beside how a NAT maps (RFC 4787 §5).</summary>
    private static string Filters(NetworkFindings found) =>
        found.LetsOtherPortsIn switch
        {
            true => "; what comes from other ports of an address that this device wrote to is let in",
            false => "; only what comes from the very ports that this device wrote to is let in",
            null => "",
        };

    /// <summary>A port that stays open at the router makes links possible behind any NAT.</summary>
    public static DoctorCheck Router(NetworkFindings found)
    {
        var figures = Figures(
            ("routers", found.Routers.Count),
            ("mapped", found.Routers.Count(static one => one.Answer == RouterAnswer.Mapped)),
            ("result", found.Routers.Select(static one => one.Result).FirstOrDefault(static result => result != 0))
        );
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("router", state, code, message, next) { Figures = figures };
        if (!found.UsesLinks)
        {
            return Check(DoctorCheck.Ok, LinksOff, "not looked at: direct links are off");
        }
        if (
            found.Routers.FirstOrDefault(static one => one.Answer == RouterAnswer.Mapped) is
            { External: { } seen } mapped
        )
        {
            return IsPrivate(seen.Address)
                ? Check(
                    DoctorCheck.Ok,
                    "mapped-behind-another",
                    $"opened a port for this device ({Protocol(mapped)}), but is behind another NAT itself"
                )
                : Check(DoctorCheck.Ok, "mapped", $"opened a port for this device ({Protocol(mapped)})");
        }
        var isNeeded = found.Nat == NatMapping.DiffersByPeer;
        var state = isNeeded ? DoctorCheck.Warning : DoctorCheck.Ok;
        const string Allow = "allow it in the router's settings (PCP, NAT-PMP; often beside UPnP)";
        if (found.Routers.FirstOrDefault(static one => one.Answer == RouterAnswer.Refused) is { } refused)
        {
            return Check(
                state,
                "refused",
                $"refuses to open a port ({Protocol(refused)}, result {refused.Result})",
                isNeeded ? Allow : null
            );
        }
        return found.Routers.Count == 0
            ? Check(DoctorCheck.Ok, "none", "no router of an IPv4 network was asked for a port")
            : Check(state, "silent", "does not open ports when asked (PCP, NAT-PMP)", isNeeded ? Allow : null);

        static string Protocol(RouterFindings one) => one.IsPcp ? "PCP" : "NAT-PMP";
    }

    /// <summary>RFC 1918, and RFC 6598: what providers put between.</summary>
    private static bool IsPrivate(IPAddress address) =>
        address.GetAddressBytes()
            is [10, _, _, _]
                or [172, >= 16 and < 32, _, _]
                or [192, 168, _, _]
                or [100, >= 64 and < 128, _, _];

    internal static IReadOnlyDictionary<string, double> Figures(params (string Name, double Value)[] figures) =>
        figures.ToDictionary(figure => figure.Name, figure => Math.Round(figure.Value, 1), StringComparer.Ordinal);

    private static DoctorCheck Interfaces(NetworkFindings found)
    {
        var figures = Figures(
            ("interfaces", found.Interfaces),
            ("virtual", found.VirtualInterfaces),
            ("ipv4", found.HasIPv4 ? 1 : 0),
            ("ipv6", found.HasIPv6 ? 1 : 0)
        );
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("interfaces", state, code, message, next) { Figures = figures };
        var families = (found.HasIPv4, found.HasIPv6) switch
        {
            (true, true) => "IPv4 and IPv6",
            (true, false) => "IPv4",
            (false, true) => "IPv6",
            _ => "link-local addresses only",
        };
        var all = $"{Counted(found.Interfaces, "network interface")} with {families}";
        return (found.Interfaces, found.VirtualInterfaces) switch
        {
            (0, 0) => Check(
                DoctorCheck.Problem,
                "no-network",
                "this machine is in no network",
                "connect it: cable, Wi-Fi; what is copied meanwhile is kept for the other devices"
            ),
            (0, _) => Check(
                DoctorCheck.Warning,
                "virtual-only",
                $"only virtual interfaces are up (bridges, containers, VPNs), {families}",
                "devices at home may not be found through these; connect cable or Wi-Fi"
            ),
            (_, 0) => Check(DoctorCheck.Ok, "up", all),
            _ => Check(DoctorCheck.Ok, "up", $"{all}, and {Counted(found.VirtualInterfaces, "virtual one")}"),
        };
    }

    private static DoctorCheck Udp(NetworkFindings found)
    {
        var figures = Figures(("sockets", found.UdpSockets), ("echoes", found.UdpEchoes));
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("udp", state, code, message, next) { Figures = figures };
        return found switch
        {
            { UsesLinks: false } => Check(
                DoctorCheck.Warning,
                LinksOff,
                "direct links are off (TOSS_LINKS=off): everything goes through the relay",
                "start toss without TOSS_LINKS to have links"
            ),
            { UdpSockets: 0 } => Check(
                DoctorCheck.Problem,
                "no-socket",
                "the system gives no UDP socket: no links",
                "look for what forbids it: a sandbox, a security policy, too many open files"
            ),
            { UdpEchoes: 0 } => Check(
                DoctorCheck.Problem,
                "deaf",
                "what is sent to this machine's own UDP ports does not arrive: a firewall drops even that",
                "allow loopback (lo) and incoming UDP in the firewall"
            ),
            _ when found.UdpEchoes < found.UdpSockets => Check(
                DoctorCheck.Warning,
                "half-deaf",
                "UDP works in one of IPv4 and IPv6 only: what is sent in the other does not arrive",
                "allow loopback (lo) in the firewall, for both"
            ),
            _ => Check(DoctorCheck.Ok, "works", "sends and receives at the ports of links"),
        };
    }

    private static DoctorCheck Multicast(NetworkFindings found)
    {
        var (interfaces, joined, heard, neighbours) = found.Multicast;
        var figures = Figures(
            ("interfaces", interfaces),
            ("joined", joined),
            ("heard", heard),
            ("neighbours", neighbours)
        );
        DoctorCheck Check(string state, string code, string message, string? next = null) =>
            new("multicast", state, code, message, next) { Figures = figures };
        var others =
            neighbours == 0
                ? "nobody else was heard: some Wi-Fi networks keep their devices from each other"
                : $"{Counted(neighbours, "neighbour")} heard";
        return found switch
        {
            { UsesLinks: false } => Check(DoctorCheck.Ok, LinksOff, "not looked at: direct links are off"),
            _ when interfaces == 0 => Check(
                DoctorCheck.Warning,
                "no-interface",
                "no interface has multicast: devices in this network are found through a relay only",
                "connect cable or Wi-Fi; on a VPN that is as it is"
            ),
            _ when joined == 0 => Check(
                DoctorCheck.Warning,
                "no-socket",
                "the system gives no socket at port 5353: another program holds it alone",
                "find it with `ss -ulpn 'sport = 5353'`, and let it share the port or end it"
            ),
            _ when heard == 0 => Check(
                DoctorCheck.Warning,
                "deaf",
                "this device does not hear its own announcements: a firewall drops multicast",
                Mdns(found.Firewall)
            ),
            _ => Check(DoctorCheck.Ok, "works", $"joined, and heard itself; {others}"),
        };
    }

    private static string NameOf(string firewall) => firewall == "windows" ? "the firewall of Windows" : firewall;

    private static string Mdns(string? firewall) =>
        firewall switch
        {
            "windows" => AllowOnWindows,
            "ufw" => "`sudo ufw allow 5353/udp`",
            "firewalld" => "`sudo firewall-cmd --permanent --add-service=mdns`, then `sudo firewall-cmd --reload`",
            _ => "allow UDP port 5353 in",
        };

    /// <summary>Ports of links are drawn by the system: of the range that it draws from.</summary>
    private static string Opening(string? firewall) =>
        firewall switch
        {
            "ufw" => "on both: `sudo ufw allow 32768:60999/udp` (or only from your own network)",
            "firewalld" =>
                "on both: `sudo firewall-cmd --permanent --add-port=32768-60999/udp`, then `sudo firewall-cmd --reload`",
            "windows" => AllowOnWindows + "; on the other device let UDP in",
            _ => "on both devices let UDP in at ports 32768 to 60999, at least from your own network",
        };

    private static string Counted(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
