using System.Net;
using Toss.Control;

namespace Toss.Testing.Simulation;

/// <summary>
/// A relay or more and some devices on one thread in virtual time: everything in it is the product's own code but the wires,
/// the clock and the clipboards, and all of it follows from one seed.
/// </summary>
public sealed class SimWorld
{
    private readonly SimContext _wires;

    public SimWorld(ulong seed)
    {
        Seed = seed;
        Scheduler = new SimScheduler();
        _wires = new SimContext(Scheduler, "wires");
        Net = new SimNet(Scheduler, _wires, seed);
        AddRelay();
    }

    public ulong Seed { get; }

    /// <summary>Called with each device before it starts.</summary>
    public Action<SimDevice>? Prepare { get; init; }

    public SimScheduler Scheduler { get; }

    public SimNet Net { get; }

    public List<SimRelay> Relays { get; } = [];

    /// <summary>The first; most worlds have no other.</summary>
    public SimRelay Relay => Relays[0];

    /// <summary>Where the agents log; nowhere if null.</summary>
    public SimLogs? Logs { get; set; }

    public List<SimDevice> Devices { get; } = [];

    /// <summary>Whether devices keep links; they are in one LAN then, unless they are put elsewhere.</summary>
    public bool HasLinks { get; init; }

    /// <summary>
    /// Whether each device that keeps links is at home behind a NAT of its own that draws a port for each peer, unless it is put
    /// elsewhere: nobody can punch.
    /// </summary>
    public bool HasHardNats { get; init; }

    /// <summary>Whether devices that keep links also find each other by multicast.</summary>
    public bool HasMulticast { get; init; }

    /// <summary>Whether devices are in a VPN too, and it is what they come upon first.</summary>
    public bool HasVpn { get; init; }

    /// <summary>Whether devices look at their clocks for a sleep, as they do outside of a simulation.</summary>
    public bool WatchesSleep { get; init; }

    /// <summary>Where devices are that keep links.</summary>
    public SimLan Lan { get; } = new("lan", Gateway: null);

    public SimRelay AddRelay()
    {
        var relay = new SimRelay(Scheduler, Net, (int)Seed, Relays.Count);
        Relays.Add(relay);
        return relay;
    }

    /// <summary>A new device that knows a relay, the first if none is named; up.</summary>
    /// <param name="lan">Where it is, if devices keep links; null: in <see cref="Lan"/>.</param>
    public SimDevice AddDevice(string name, SimRelay? home = null, SimLan? lan = null)
    {
        var device = AddLoneDevice(name, lan);
        device.Call(control =>
            control.SetConfigAsync("relay", (home ?? Relay).Url.AbsoluteUri, CancellationToken.None)
        );
        return device;
    }

    /// <summary>A new device that knows no relay; up.</summary>
    public SimDevice AddLoneDevice(string name, SimLan? lan = null)
    {
        var device = new SimDevice(this, name, Seed ^ ((ulong)(Devices.Count + 1) << 56));
        Devices.Add(device);
        AddNode(device, lan);
        device.Start();
        return device;
    }

    /// <summary>A second machine with a copy of this device's folder; up. The original must be down while it is copied.</summary>
    public SimDevice AddCopy(SimDevice original, string name)
    {
        var device = new SimDevice(this, name, Seed ^ ((ulong)(Devices.Count + 1) << 56), original);
        Devices.Add(device);
        AddNode(device, lan: null);
        device.Start();
        return device;
    }

    /// <summary>Runs until this device is at the relay.</summary>
    public void WaitConnected(SimDevice device) =>
        Scheduler.RunUntil(
            () => device.Call(control => control.GetStatusAsync(CancellationToken.None))?.Relay.State == "connected",
            TimeSpan.FromMinutes(5),
            $"{device.Name} to be at the relay",
            every: 32
        );

    /// <summary>Pairs with a code, or with the link, as people do; both must be up and reach the member's relay.</summary>
    public void Pair(SimDevice member, SimDevice newcomer, bool byLink = false)
    {
        var pairing = BeginPairing(member, newcomer, byLink);
        Scheduler.RunUntil(() => pairing.HasEnded, TimeSpan.FromMinutes(6), "pairing to end");
        if (!pairing.IsPaired)
        {
            throw new InvalidOperationException($"Pairing failed: {pairing}");
        }
    }

    /// <summary>Likewise, up to the moment when the newcomer has typed the code.</summary>
    public SimPairing BeginPairing(SimDevice member, SimDevice newcomer, bool byLink = false)
    {
        var pairing = new SimPairing(member);
        Run(
            member,
            control => control.OpenPairingAsync(new OpenPairingRequest(true), pairing.Withdrawn),
            pairing.MemberHears
        );
        Scheduler.RunUntil(() => pairing.Shown is not null, TimeSpan.FromMinutes(1), "a code");
        if (pairing.Shown is not PairingOpened opened)
        {
            throw new InvalidOperationException($"No code was shown: {pairing.Shown}");
        }
        Run(
            newcomer,
            control =>
                control.JoinAsync(
                    new JoinRequest(byLink ? opened.Uri : opened.Code ?? opened.Uri, null),
                    CancellationToken.None
                ),
            pairing.NewcomerHears
        );
        return pairing;
    }

    private void AddNode(SimDevice device, SimLan? lan)
    {
        if (HasLinks)
        {
            var number = (byte)Devices.Count;
            lan ??= HasHardNats
                ? new SimLan(device.Name, new SimNat(new IPAddress([203, 0, 113, number]), isHard: true))
                : Lan;
            var home = new IPAddress([192, 168, 1, (byte)(number + 9)]);
            Net.AddNode(
                device.Name,
                lan,
                HasVpn ? [new IPAddress([10, 8, 0, (byte)(number + 9)]), home] : (IPAddress[])[home]
            );
        }
    }

    private static void Run(
        SimDevice device,
        Func<IControl, IAsyncEnumerable<PairingEvent>> open,
        Action<PairingEvent> hear
    ) =>
        _ = device.Call<bool>(control =>
        {
            _ = ListenAsync(open(control), hear);
            return Task.FromResult(true);
        });

    private static async Task ListenAsync(IAsyncEnumerable<PairingEvent> events, Action<PairingEvent> hear)
    {
        await foreach (var happened in events)
        {
            hear(happened);
        }
    }
}
