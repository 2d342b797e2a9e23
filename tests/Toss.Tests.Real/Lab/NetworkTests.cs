using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Toss.Testing.Net;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Lab;

/// <summary>
/// Real devices with real displays between all kinds of networks: each must find the path that the table expects. That a path is
/// direct is not believed because `toss status` says so: the bytes at the relay's interface are counted.
/// </summary>
public sealed partial class NetworkTests(LabTable table)
{
    private const int Large = 2_000_000;

    [Fact]
    public Task One_network_without_a_relay() =>
        MeetAsync(
            LabNetwork.OneNetwork,
            "eth0",
            static (network, _) => (network.AddMachine("a", "10.77.0.1/24"), network.AddMachine("b", "10.77.0.2/24"))
        );

    [Fact]
    public Task One_network_and_interfaces_that_lead_nowhere() =>
        MeetAsync(
            LabNetwork.DeadInterface,
            "eth1",
            static (network, other) =>
            {
                // The interface that comes first is the dead one.
                other.Drop("ether type { ip, ip6, arp }");
                var (a, b) = (other.AddMachine("a", "10.66.0.1/24"), other.AddMachine("b", "10.66.0.2/24"));
                network.Plug(a, "eth1", "10.77.0.1/24");
                network.Plug(b, "eth1", "10.77.0.2/24");
                return (a, b);
            }
        );

    [Fact]
    public Task One_network_and_a_VPN() =>
        MeetAsync(
            LabNetwork.Vpn,
            // Whichever shows the peer first: the link is moved.
            "eth0",
            static (network, other) =>
            {
                var (a, b) = (network.AddMachine("a", "10.77.0.1/24"), network.AddMachine("b", "10.77.0.2/24"));
                other.Plug(a, "wg0", "10.8.0.1/24");
                other.Plug(b, "wg0", "10.8.0.2/24");
                return (a, b);
            }
        );

    [Fact]
    public async Task A_link_by_a_VPN_goes_over_to_the_network_that_both_come_into()
    {
        using var network = new LabSwitch("home");
        using var vpn = new LabSwitch("vpn");
        var (a, b) = (network.AddMachine("a", "10.77.0.1/24"), network.AddMachine("b", "10.77.0.2/24"));
        foreach (var (machine, address) in new[] { (a, "10.8.0.1/24"), (b, "10.8.0.2/24") })
        {
            machine.Run("ip", "link", "set", LabSwitch.Device, "down");
            vpn.Plug(machine, "wg0", address);
        }
        await using var pair = await LabPair.PairedAsync(a, b);
        await FindAsync(LabNetwork.Vpn, pair);
        await pair.ShareTextAsync("by the VPN");

        a.Run("ip", "link", "set", LabSwitch.Device, "up");
        b.Run("ip", "link", "set", LabSwitch.Device, "up");
        await MovesOffAsync(pair.A, a, "wg0");
        await MovesOffAsync(pair.B, b, "wg0");
        var before = LabSwitch.BytesOf(b, LabSwitch.Device);
        await pair.SendAsync(RandomNumberGenerator.GetBytes(Large));
        Assert.InRange(LabSwitch.BytesOf(b, LabSwitch.Device) - before, Large, long.MaxValue);
    }

    /// <summary>They tell each other, over the link: nothing else could.</summary>
    [Fact]
    public async Task A_link_across_the_internet_goes_over_to_a_network_without_multicast_that_both_come_into()
    {
        using var lab = new NatLab();
        using var office = new LabSwitch("office");
        office.Drop("udp dport 5353");
        await using var pair = await LabPair.PairedAsync(lab);
        await FindAsync(LabNetwork.EasyEasy, pair);

        office.Plug(lab.A, "eth1", "10.77.0.1/24");
        office.Plug(lab.B, "eth1", "10.77.0.2/24");
        await FindAsync(LabNetwork.OneNetwork, pair);
        var before = LabSwitch.BytesOf(lab.B, "eth1");
        await pair.SendAsync(RandomNumberGenerator.GetBytes(Large));
        Assert.InRange(LabSwitch.BytesOf(lab.B, "eth1") - before, Large, long.MaxValue);
    }

    [Fact]
    public Task Easy_and_easy() => MeetAsync(LabNetwork.EasyEasy, static _ => { });

    [Fact]
    public Task Fixed_and_easy() => MeetAsync(LabNetwork.FixedEasy, static lab => lab.NatA.Rebind(50_000));

    [Fact]
    public Task Fixed_and_fixed() =>
        MeetAsync(
            LabNetwork.FixedFixed,
            static lab =>
            {
                lab.NatA.Rebind(50_000);
                lab.NatB.Rebind(51_000);
            }
        );

    [Fact]
    public async Task Cone_and_hard()
    {
        using var lab = new NatLab();
        lab.NatA.DrawPorts();
        await using var pair = await LabPair.PairedAsync(lab);
        lab.NatB.Forward(LinkPortIn(lab.B), lab.AddressOfB);
        await MeetAsync(LabNetwork.ConeHard, lab, pair);
        // Which of them keeps out what comes from ports that it never wrote to.
        Assert.Equal((0, 1), (await LetsInAsync(pair.A), await LetsInAsync(pair.B)));

        static async Task<int> LetsInAsync(TossProgram device) =>
            CheckOf(await device.JsonAsync("doctor"), "nat")
                .GetProperty("figures")
                .GetProperty("letsOtherPortsIn")
                .GetInt32();
    }

    [Fact]
    public Task Easy_and_hard() => MeetAsync(LabNetwork.EasyHard, static lab => lab.NatB.DrawPorts());

    [Fact]
    public Task Hard_and_hard() =>
        MeetAsync(
            LabNetwork.HardHard,
            static lab =>
            {
                lab.NatA.DrawPorts();
                lab.NatB.DrawPorts();
            }
        );

    [Fact]
    public async Task Hard_and_hard_and_a_router_that_opens_a_port()
    {
        using var lab = new NatLab();
        lab.NatA.DrawPorts();
        lab.NatB.DrawPorts();
        lab.RouteOpened();
        await using var router = await lab.NatA.OpenPortsAsync(NatLab.OpenedA);
        await using var pair = await LabPair.PairedAsync(lab);
        await MeetAsync(LabNetwork.HardHardOpened, lab, pair);

        var opened = (await pair.A.JsonAsync("status")).GetProperty("mappedPorts")[0];
        Assert.Equal("pcp", opened.GetProperty("protocol").GetString());
        var address = IPEndPoint.Parse(opened.GetProperty("address").GetString()!);
        Assert.Equal(NatLab.OpenedA, address.Address);
        var doctor = await pair.A.JsonAsync("doctor");
        Assert.Equal("mapped", CodeOf(doctor, "router"));
        Assert.Equal("differs-by-peer-mapped", CodeOf(doctor, "nat"));
        Assert.Equal("silent", CodeOf(await pair.B.JsonAsync("doctor"), "router"));

        // Who ends takes it back.
        var port = address.Port.ToString(CultureInfo.InvariantCulture);
        Assert.Contains(port, lab.NatA.OpenedPorts, StringComparison.Ordinal);
        await pair.A.RunAsync("down");
        Assert.DoesNotContain(port, lab.NatA.OpenedPorts, StringComparison.Ordinal);

        static string? CodeOf(JsonElement doctor, string subject) =>
            CheckOf(doctor, subject).GetProperty("code").GetString();
    }

    [Fact]
    public Task No_UDP() => MeetAsync(LabNetwork.NoUdp, static lab => lab.NatA.BlockUdp());

    [Fact]
    public Task IPv6_alone() => MeetAsync(LabNetwork.OnlyV6, static _ => { }, isV6: true);

    /// <param name="device">The interface by which they must meet, if not at first then at last.</param>
    /// <param name="plug">Makes A and B on the network where they are to meet, and perhaps on the other one as well.</param>
    private async Task MeetAsync(
        LabNetwork expected,
        string device,
        Func<LabSwitch, LabSwitch, (LabNamespace, LabNamespace)> plug
    )
    {
        using var network = new LabSwitch("home");
        using var other = new LabSwitch("other");
        var (a, b) = plug(network, other);
        await using var pair = await LabPair.PairedAsync(a, b);
        var found = await FindAsync(expected, pair);
        await pair.ShareTextAsync(expected.Name);
        await MovesOffAsync(pair.A, a, "wg0");
        await MovesOffAsync(pair.B, b, "wg0");
        var before = LabSwitch.BytesOf(b, device);
        await pair.SendAsync(RandomNumberGenerator.GetBytes(Large));
        var carried = LabSwitch.BytesOf(b, device) - before;
        Assert.InRange(carried, Large, long.MaxValue);
        Found(expected, found, $"{carried / 1000} came by {device}");
    }

    /// <summary>Waits until the path leaves by another interface than this one, if there is one of this name.</summary>
    private static async Task MovesOffAsync(TossProgram device, LabNamespace machine, string name)
    {
        if (!machine.Run("ls", "/sys/class/net").Split('\n').Contains(name))
        {
            return;
        }
        var index = machine.Run("cat", $"/sys/class/net/{name}/ifindex").Trim();
        await Eventually.HoldsAsync(
            $"{device.Name} to go by another interface than {name}",
            async () =>
                await LabPair.PathOfAsync(device) is { ValueKind: JsonValueKind.Object } path
                && path.GetProperty("address").GetString() is { } address
                && !address.StartsWith("10.8.0.", StringComparison.Ordinal)
                && !address.Contains($"%{index}]", StringComparison.Ordinal),
            async () => (await device.JsonAsync("status")).ToString()
        );
    }

    /// <param name="arrange">What the routers do before the devices start.</param>
    private async Task MeetAsync(LabNetwork expected, Action<NatLab> arrange, bool isV6 = false)
    {
        using var lab = new NatLab(isV6);
        arrange(lab);
        await using var pair = await LabPair.PairedAsync(lab);
        await MeetAsync(expected, lab, pair);
    }

    private async Task MeetAsync(LabNetwork expected, NatLab lab, LabPair pair)
    {
        var found = await FindAsync(expected, pair);
        await pair.ShareTextAsync(expected.Name);
        var before = lab.ServerBytes;
        await pair.SendAsync(RandomNumberGenerator.GetBytes(Large));
        var relayed = lab.ServerBytes - before;
        // By the relay it comes and goes.
        Assert.InRange(relayed, expected.Why is [] ? 0 : 2 * Large, expected.Why is [] ? Large / 10 : long.MaxValue);
        Found(expected, found, $"{relayed / 1000} passed the relay");
    }

    private void Found(LabNetwork expected, TimeSpan after, string carried) =>
        table.Add(
            expected.Row,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{expected.Path}, {after.TotalSeconds:0.0} s after pairing; of {Large / 1000} KB {carried}"
            )
        );

    /// <summary>Waits until both say what is expected, and says how long that took.</summary>
    private static async Task<TimeSpan> FindAsync(LabNetwork expected, LabPair pair)
    {
        var begin = Stopwatch.GetTimestamp();
        await FindsAsync(pair.A, expected, 0);
        await FindsAsync(pair.B, expected, 1);
        return Stopwatch.GetElapsedTime(begin);
    }

    private static Task FindsAsync(TossProgram device, LabNetwork expected, int end) =>
        Eventually.HoldsAsync(
            $"{device.Name} to find a path: {expected.Path}",
            async () =>
                await LabPair.PathOfAsync(device) is { ValueKind: JsonValueKind.Object } path
                && path.GetProperty("kind").GetString() == expected.Path
                && (
                    expected.Why is []
                    || (
                        path.TryGetProperty("why", out var why)
                        && why.GetString()!.StartsWith(expected.Why[end], StringComparison.Ordinal)
                    )
                ),
            async () => (await device.JsonAsync("status")).ToString()
        );

    private static JsonElement CheckOf(JsonElement doctor, string subject) =>
        doctor
            .GetProperty("checks")
            .EnumerateArray()
            .Single(check => check.GetProperty("subject").GetString() == subject);

    /// <summary>Where the agent on this machine takes links by IPv4: its one port beside that of multicast DNS.</summary>
    private static int LinkPortIn(LabNamespace machine) =>
        Ports()
            .Matches(machine.Run("ss", "-4Huln"))
            .Select(static match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
            .Distinct()
            .Single(static port => port != 5353);

    [GeneratedRegex(@":(\d+)\s+\S+:\*")]
    private static partial Regex Ports();
}
