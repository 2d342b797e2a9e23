namespace Toss.Tests.Real.Lab;

/// <summary>Between which networks two devices are, or what happens to them, and which path is expected at the end: a row of docs/operations/networks.md.</summary>
/// <param name="Name">As the row says it.</param>
/// <param name="Path">The kind that `toss status` must say: lan, direct or relay.</param>
/// <param name="Why">Where it is relayed: how both ends begin to say why, A's first.</param>
public sealed record LabNetwork(string Name, string Path, params string[] Why)
{
    private const string Draws = "opens another port for each peer";
    private const string DrawsBoth = "the NATs of both devices open another port for each peer";
    private const string Blocked = "UDP to it may be blocked";

    public static readonly LabNetwork OneNetwork = new("one network, no relay anywhere", "lan");
    public static readonly LabNetwork DeadInterface = new(
        "one network, and on both an interface that leads nowhere",
        "lan"
    );
    public static readonly LabNetwork Vpn = new("one network, and a VPN that both are in", "lan");
    public static readonly LabNetwork EasyEasy = new("two homes, both NATs keep ports", "direct");
    public static readonly LabNetwork FixedEasy = new("two homes, one NAT maps to another port", "direct");
    public static readonly LabNetwork FixedFixed = new("two homes, both NATs map to other ports", "direct");
    public static readonly LabNetwork ConeHard = new(
        "two homes, one NAT draws ports, the other takes packets from anybody",
        "direct"
    );
    public static readonly LabNetwork EasyHard = new(
        "two homes, one NAT draws ports",
        "relay",
        $"the NAT of beta-lap {Draws}",
        $"the NAT of this device {Draws}"
    );
    public static readonly LabNetwork HardHard = new("two homes, both NATs draw ports", "relay", DrawsBoth, DrawsBoth);
    public static readonly LabNetwork HardHardOpened = new(
        "two homes, both NATs draw ports, one router opens a port when asked",
        "direct"
    );
    public static readonly LabNetwork NoUdp = new(
        "two homes, one lets no UDP out",
        "relay",
        $"no relay tells this device how it is seen: {Blocked}",
        "no relay tells alpha-desk how it is seen"
    );
    public static readonly LabNetwork OnlyV6 = new("two homes with IPv6 alone, firewalls", "direct");

    // What changes under a direct path, and what it is at the end.
    public static readonly LabNetwork Cut = new("the direct way is cut, and comes back", "direct");
    public static readonly LabNetwork Rebound = new("a NAT forgets its mappings", "direct");
    public static readonly LabNetwork Moved = new("a device goes from Wi-Fi to cable", "direct");
    public static readonly LabNetwork RelayRestarted = new("the relay restarts", "direct");
    public static readonly LabNetwork Slept = new("a device sleeps, and wakes", "direct");

    public string Row => $"| {Name} | {Path} |";
}
