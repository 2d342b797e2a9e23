using System.Net;
using Toss.Agent.Examination;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Examination;

public sealed class NetworkChecksTests
{
    private static readonly NetworkFindings s_well = new()
    {
        UsesLinks = true,
        Interfaces = 2,
        HasIPv4 = true,
        HasIPv6 = true,
        UdpSockets = 2,
        UdpEchoes = 2,
        Multicast = new MulticastFindings(4, 4, 4, 1),
        StunServers = 2,
        StunAnswers = 2,
        Nat = NatMapping.SameForAll,
    };

    [Fact]
    public void A_machine_where_all_is_well_has_nothing_to_do()
    {
        DoctorCheck[] all =
        [
            .. NetworkChecks.OfMachine(s_well),
            NetworkChecks.Firewall(s_well, []),
            NetworkChecks.Nat(s_well),
            NetworkChecks.Router(s_well),
        ];
        Assert.All(all, check => Assert.Equal(DoctorCheck.Ok, check.State));
        Assert.All(all, check => Assert.Null(check.Next));
    }

    public static TheoryData<string, string, string, NetworkFindings> Troubles =>
        new()
        {
            { "interfaces", DoctorCheck.Problem, "no-network", s_well with { Interfaces = 0 } },
            {
                "interfaces",
                DoctorCheck.Warning,
                "virtual-only",
                s_well with
                {
                    Interfaces = 0,
                    VirtualInterfaces = 1,
                }
            },
            { "udp", DoctorCheck.Warning, "links-off", s_well with { UsesLinks = false } },
            { "udp", DoctorCheck.Problem, "no-socket", s_well with { UdpSockets = 0, UdpEchoes = 0 } },
            { "udp", DoctorCheck.Problem, "deaf", s_well with { UdpEchoes = 0 } },
            { "udp", DoctorCheck.Warning, "half-deaf", s_well with { UdpEchoes = 1 } },
            { "multicast", DoctorCheck.Warning, "no-interface", s_well with { Multicast = new(0, 0, 0, 0) } },
            { "multicast", DoctorCheck.Warning, "no-socket", s_well with { Multicast = new(2, 0, 0, 0) } },
            { "multicast", DoctorCheck.Warning, "deaf", s_well with { Multicast = new(2, 2, 0, 3) } },
            { "nat", DoctorCheck.Warning, "udp-blocked", s_well with { StunAnswers = 0 } },
            { "nat", DoctorCheck.Warning, "differs-by-peer", s_well with { Nat = NatMapping.DiffersByPeer } },
            { "router", DoctorCheck.Warning, "refused", Hard(new(RouterAnswer.Refused, true, null, 2)) },
            { "router", DoctorCheck.Warning, "silent", Hard(new(RouterAnswer.None, true, null, 0)) },
        };

    [Theory]
    [InlineData("203.0.113.9:41000", true, "mapped", "opened a port for this device (PCP)")]
    [InlineData("203.0.113.9:41000", false, "mapped", "opened a port for this device (NAT-PMP)")]
    [InlineData("100.64.3.9:41000", true, "mapped-behind-another", "is behind another NAT itself")]
    public void A_router_that_opened_a_port_makes_the_NAT_no_trouble(
        string external,
        bool isPcp,
        string code,
        string says
    )
    {
        var found = Hard(new(RouterAnswer.Mapped, isPcp, IPEndPoint.Parse(external), 0));
        var check = NetworkChecks.Router(found);
        Assert.Equal((DoctorCheck.Ok, code), (check.State, check.Code));
        Assert.Contains(says, check.Message, StringComparison.Ordinal);
        // The report is for strangers.
        Assert.DoesNotContain("203", check.Message, StringComparison.Ordinal);
        Assert.Equal(
            (DoctorCheck.Ok, "differs-by-peer-mapped"),
            (NetworkChecks.Nat(found).State, NetworkChecks.Nat(found).Code)
        );
    }

    [Theory]
    [InlineData(NatMapping.None)]
    [InlineData(NatMapping.SameForAll)]
    [InlineData(NatMapping.DiffersByPeer)]
    public void What_is_let_in_is_said_beside_how_a_NAT_maps_if_it_is_known(NatMapping nat)
    {
        var found = s_well with { Nat = nat };
        Assert.DoesNotContain("let in", NetworkChecks.Nat(found).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("letsOtherPortsIn", NetworkChecks.Nat(found).Figures!.Keys);
        var open = NetworkChecks.Nat(found with { LetsOtherPortsIn = true });
        Assert.EndsWith(
            "; what comes from other ports of an address that this device wrote to is let in",
            open.Message
        );
        Assert.Equal(1, open.Figures!["letsOtherPortsIn"]);
        var closed = NetworkChecks.Nat(found with { LetsOtherPortsIn = false });
        Assert.EndsWith("; only what comes from the very ports that this device wrote to is let in", closed.Message);
        Assert.Equal(0, closed.Figures!["letsOtherPortsIn"]);
    }

    [Fact]
    public void A_router_that_opens_no_port_is_no_trouble_where_none_is_needed()
    {
        Assert.Equal("none", NetworkChecks.Router(s_well).Code);
        var silent = NetworkChecks.Router(s_well with { Routers = [new(RouterAnswer.None, true, null, 0)] });
        Assert.Equal((DoctorCheck.Ok, "silent", null), (silent.State, silent.Code, silent.Next));
    }

    private static NetworkFindings Hard(RouterFindings router) =>
        s_well with
        {
            Nat = NatMapping.DiffersByPeer,
            Routers = [router],
        };

    [Theory]
    [MemberData(nameof(Troubles))]
    public void Each_trouble_has_its_word_and_its_next_step(
        string subject,
        string state,
        string code,
        NetworkFindings found
    )
    {
        var check = NetworkChecks
            .OfMachine(found)
            .Append(NetworkChecks.Nat(found))
            .Append(NetworkChecks.Router(found))
            .Single(one => one.Subject == subject);
        Assert.Equal((state, code), (check.State, check.Code));
        Assert.NotNull(check.Next);
    }

    [Theory]
    [InlineData(null, false, "no firewall program is known to be on here")]
    [InlineData("ufw", false, "ufw is on here")]
    [InlineData("windows", false, "the firewall of Windows is on here")]
    [InlineData("ufw", true, "ufw is on here, and keeps away no device that is seen in this network")]
    public void A_firewall_that_keeps_nobody_away_is_no_trouble(string? program, bool isKnown, string message)
    {
        var check = NetworkChecks.Firewall(s_well with { Firewall = program }, isKnown ? [] : null);
        Assert.Equal((DoctorCheck.Ok, message), (check.State, check.Message));
    }

    [Theory]
    [InlineData(null, "seen-not-linked", "let UDP in")]
    [InlineData("ufw", "seen-not-linked-ufw", "sudo ufw allow")]
    [InlineData("firewalld", "seen-not-linked-firewalld", "sudo firewall-cmd")]
    [InlineData("windows", "seen-not-linked-windows", "allow toss.exe")]
    public void A_peer_that_is_seen_and_not_linked_speaks_of_a_firewall(string? program, string code, string next)
    {
        var check = NetworkChecks.Firewall(s_well with { Firewall = program }, ["phone"]);
        Assert.Equal((DoctorCheck.Warning, code), (check.State, check.Code));
        Assert.Contains("phone", check.Message, StringComparison.Ordinal);
        Assert.Contains(next, check.Next, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("right", 1.0, -2.0)]
    [InlineData("other-is-off", 3600.0, 0.5)]
    [InlineData("own-is-off", 3600.0, 3599.0)]
    [InlineData("own-is-off", -3600.0, -3599.0)]
    [InlineData("other-is-off", 3600.0, -3599.0)]
    public void A_clock_is_judged_by_most_others(string code, double first, double second)
    {
        var check = ClockCheck.Of(
            [("the relay", TimeSpan.FromSeconds(first)), ("phone", TimeSpan.FromSeconds(second))],
            Limits.StampAhead
        );
        Assert.Equal(code, check.Code);
    }
}
