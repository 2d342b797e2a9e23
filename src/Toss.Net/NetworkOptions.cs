using System.Net;
using System.Security.Cryptography.X509Certificates;
using Toss.Net.Links;
using Toss.Net.Mapping;
using Toss.Net.Mdns;
using Toss.Transport.Paths;
using Toss.Wire;

namespace Toss.Net;

/// <summary>What differs between networks, and between a device and a test.</summary>
public sealed record NetworkOptions
{
    /// <summary>Roots trusted beside the system's: for relays at home with a certificate of their own.</summary>
    public X509Certificate2Collection? ExtraRoots { get; init; }

    /// <summary>Chooses among the paths to a peer.</summary>
    public IPathPolicy Paths { get; init; } = new PathSelector();

    /// <summary>Highest relay protocol spoken; another one only in tests.</summary>
    public uint RelayVersion { get; init; } = ProtocolVersions.Relay;

    /// <summary>Lowest one.</summary>
    public uint OldestRelayVersion { get; init; } = ProtocolVersions.OldestRelay;

    /// <summary>How relays are dialled; null: over the real network.</summary>
    public IRelayDialer? Dialer { get; init; }

    /// <summary>The addresses of a host; null: the system's resolver is asked. Throws no more than it does.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>>? Resolve { get; init; }

    /// <summary>The sockets of links; null: everything goes through relays.</summary>
    public ILinkSockets? Links { get; init; }

    /// <summary>How companions in the same network are found without a relay; null, or without links: not.</summary>
    public IMulticastSockets? Multicast { get; init; }

    /// <summary>How routers are asked to open the port of links; null, or without links: not.</summary>
    public IRouterSockets? Routers { get; init; }

    /// <summary>Where loops run; null: the thread pool. A simulation keeps them on its own scheduler.</summary>
    public Func<Func<Task>, Task>? Run { get; init; }

    /// <summary>Whether what the system says of its network counts; a simulation's is none of it.</summary>
    public bool WatchSystem { get; init; } = true;

    /// <summary>Whether the clocks are looked at for a sleep.</summary>
    public bool WatchSleep { get; init; } = true;
}
