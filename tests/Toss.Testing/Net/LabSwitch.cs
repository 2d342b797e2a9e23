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

    private readonly LabNamespace _space;
    private readonly List<LabNamespace> _machines = [];
    private int _ports;

    /// <param name="label">Of several, which one.</param>
    public LabSwitch(string label = "switch")
    {
        _space = Namespaces.Create(label);
        // Without a querier snooping would forget who is in a group.
        _space.Run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
        _space.Run("ip", "link", "set", "br0", "up");
    }

    /// <summary>A machine with these addresses, `ADDRESS/PREFIX`, and a link-local one of IPv6. It goes with the switch.</summary>
    public LabNamespace AddMachine(string label, params IReadOnlyList<string> addresses)
    {
        var machine = Namespaces.Create(label);
        _machines.Add(machine);
        Plug(machine, Device, addresses);
        return machine;
    }

    /// <summary>One more interface for a machine that is somebody else's.</summary>
    public void Plug(LabNamespace machine, string device, params IReadOnlyList<string> addresses)
    {
        var port = string.Create(CultureInfo.InvariantCulture, $"p{++_ports}");
        _space.Run("ip", ["link", "add", port, "type", "veth", "peer", "name", device, "netns", machine.Name]);
        _space.Run("ip", "link", "set", port, "master", "br0", "up");
        foreach (var address in addresses)
        {
            machine.Run("ip", "addr", "add", address, "dev", device);
        }
        machine.Run("ip", "link", "set", device, "up");
    }

    /// <summary>Bytes that came to this interface of a machine and left it, headers and all.</summary>
    public static long BytesOf(LabNamespace machine, string device) =>
        new[] { "rx_bytes", "tx_bytes" }.Sum(counter =>
            long.Parse(
                machine.Run("cat", $"/sys/class/net/{device}/statistics/{counter}"),
                CultureInfo.InvariantCulture
            )
        );

    /// <summary>Passes nothing any more for which this rule of nftables holds, and all that an earlier one held back.</summary>
    public void Drop(string rule) =>
        _space.Run(
            "nft",
            $$"""
            flush ruleset
            table bridge drops {
              chain forward {
                type filter hook forward priority 0
                {{rule}} drop
              }
            }
            """
        );

    /// <summary>Passes everything again.</summary>
    public void Restore() => _space.Run("nft", "flush ruleset");

    public void Dispose()
    {
        _machines.ForEach(static machine => machine.Dispose());
        _space.Dispose();
    }
}
