using System.Net;
using System.Net.Sockets;

namespace Toss.Net;

/// <summary>Where relays answer STUN, as addresses.</summary>
internal static class StunServers
{
    /// <summary>More relays would say the same.</summary>
    private const int Relays = 2;

    /// <summary>A resolver that hangs holds up nothing for longer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Of each relay that does, one address of each family, with its ports. Never throws for the network's sake.</summary>
    public static async Task<IReadOnlyList<IPEndPoint>> FindAsync(
        IReadOnlyList<(Uri Relay, IReadOnlyList<int> Ports)> relays,
        NetworkOptions options,
        CancellationToken cancellation
    )
    {
        var servers = new List<IPEndPoint>();
        foreach (var (relay, ports) in relays.Where(relay => relay.Ports.Count > 0).Take(Relays))
        {
            var addresses = await ResolveAsync(relay.IdnHost, options, cancellation);
            servers.AddRange(
                addresses
                    .DistinctBy(address => address.AddressFamily)
                    .SelectMany(address => ports.Select(port => new IPEndPoint(address, port)))
            );
        }
        return servers;
    }

    /// <summary>None if the name is not known, or the resolver does not say so in time.</summary>
    public static async Task<IPAddress[]> ResolveAsync(
        string host,
        NetworkOptions options,
        CancellationToken cancellation
    )
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }
        try
        {
            return options.Resolve is { } resolve
                ? await resolve(host, cancellation)
                : await Dns.GetHostAddressesAsync(host, cancellation).WaitAsync(s_patience, cancellation);
        }
        catch (Exception failure) when (failure is SocketException or TimeoutException)
        {
            return [];
        }
    }
}
