using System.Globalization;

namespace Toss.Testing.Net;

/// <summary>
/// A local network: a bridge of the kernel in a namespace of its own, and machines that are plugged into it. Carries
/// multicast, as a home's switch does. Needs root.
/// </summary>
public sealed class LabSwitch : IDisposable
{
    /// <summary>What a machine's interface is called.</summary>
    public const string Device = "eth0";

    private readonly LabNamespace _space = Namespaces.Create("switch");
    private readonly List<LabNamespace> _machines = [];

    public LabSwitch()
    {
        // Without a querier snooping would forget who is in a group.
        _space.Run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
        _space.Run("ip", "link", "set", "br0", "up");
    }

    /// <summary>A machine with these addresses, `ADDRESS/PREFIX`, and a link-local one of IPv6. It goes with the switch.</summary>
    public LabNamespace AddMachine(string label, params IReadOnlyList<string> addresses)
    {
        var machine = Namespaces.Create(label);
        _machines.Add(machine);
        // Nobody else is here: an address may be used at once.
        machine.Run("sh", "-c", "for i in all default; do echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad; done");
        var port = string.Create(CultureInfo.InvariantCulture, $"p{_machines.Count}");
        _space.Run("ip", ["link", "add", port, "type", "veth", "peer", "name", Device, "netns", machine.Name]);
        _space.Run("ip", "link", "set", port, "master", "br0", "up");
        foreach (var address in addresses)
        {
            machine.Run("ip", "addr", "add", address, "dev", Device);
        }
        machine.Run("ip", "link", "set", Device, "up");
        return machine;
    }

    /// <summary>Passes nothing for which this rule of nftables holds.</summary>
    public void Drop(string rule) =>
        _space.Run(
            "nft",
            $$"""
            table bridge drops {
              chain forward {
                type filter hook forward priority 0
                {{rule}} drop
              }
            }
            """
        );

    public void Dispose()
    {
        _machines.ForEach(static machine => machine.Dispose());
        _space.Dispose();
    }
}
