using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>
/// What the network found when it was asked to look at this machine and the ways out of it. Counts and states; what they mean
/// to a person is the agent's to say.
/// </summary>
public sealed record NetworkFindings
{
    /// <summary>False if this device keeps no links: nothing was tried then but relays.</summary>
    public required bool UsesLinks { get; init; }

    /// <summary>Real interfaces that are up and have an address, and those of bridges, containers and VPNs.</summary>
    public int Interfaces { get; init; }

    public int VirtualInterfaces { get; init; }

    /// <summary>Whether any of them has an address beyond link-local ones.</summary>
    public bool HasIPv4 { get; init; }

    public bool HasIPv6 { get; init; }

    /// <summary>UDP sockets of links, and how many of them heard what they sent to themselves.</summary>
    public int UdpSockets { get; init; }

    public int UdpEchoes { get; init; }

    public MulticastFindings Multicast { get; init; } = new(0, 0, 0, 0);

    /// <summary>Addresses at which relays were asked how they see this device, and how many answered.</summary>
    public int StunServers { get; init; }

    public int StunAnswers { get; init; }

    public NatMapping Nat { get; init; }

    /// <summary>
    /// Whether what stands before this device lets in what comes from ports that it never wrote to, of addresses that it did; null
    /// if nobody could be asked.
    /// </summary>
    public bool? LetsOtherPortsIn { get; init; }

    public IReadOnlyList<RouterFindings> Routers { get; init; } = [];

    /// <summary>Peers that show themselves in a network of this machine, and to which there is no link all the same.</summary>
    public IReadOnlyList<DeviceId> SeenWithoutLink { get; init; } = [];

    /// <summary>The firewall program that is known to be on here: `ufw`, `firewalld`, `windows`. Null says little: most hide from users.</summary>
    public string? Firewall { get; init; }

    public IReadOnlyList<RelayFindings> Relays { get; init; } = [];
}

/// <summary>Multicast DNS, each interface in each family by itself.</summary>
/// <param name="Interfaces">Where it should work.</param>
/// <param name="Joined">Where the system gave a socket in the group.</param>
/// <param name="Heard">Where this device's own question came back.</param>
/// <param name="Neighbours">Other addresses from which something came meanwhile.</param>
public sealed record MulticastFindings(int Interfaces, int Joined, int Heard, int Neighbours);

/// <param name="Reach">How far a new connection came.</param>
/// <param name="IsAdmitted">Whether this device's own connection is logged in.</param>
/// <param name="RoundTrip">Of that connection, as far as it was measured.</param>
/// <param name="ClockAhead">How far the relay's clock is ahead of this device's, to a second; null if it does not say.</param>
public sealed record RelayFindings(
    Uri Relay,
    RelayReach Reach,
    bool IsAdmitted,
    TimeSpan? RoundTrip,
    TimeSpan? ClockAhead
);

/// <summary>What came of a login at a relay, under a key that was made for it and with the given token.</summary>
/// <param name="Reach">How far the connection came.</param>
/// <param name="IsAdmitted">The login was taken.</param>
/// <param name="Refusal">Why it was not; null too if nothing was said in time.</param>
/// <param name="Update">With <see cref="RelayRefusal.Version"/>: which program to update, `toss` or `toss-relay`.</param>
/// <param name="Took">From the dial to the login.</param>
/// <param name="ClockAhead">As in <see cref="RelayFindings"/>.</param>
public sealed record RelayTrial(
    RelayReach Reach,
    bool IsAdmitted,
    RelayRefusal? Refusal,
    string? Update,
    TimeSpan Took,
    TimeSpan? ClockAhead
);

public enum RelayReach
{
    /// <summary>No address belongs to its name.</summary>
    UnknownName,

    /// <summary>Nothing answers there.</summary>
    Silent,
    Certificate,

    /// <summary>Something answers, but not as a relay.</summary>
    NotARelay,
    Reached,
}
