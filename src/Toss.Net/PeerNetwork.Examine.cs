using System.Net.Sockets;
using Toss.Core.Ports;
using Toss.Net.Links;
using Toss.Net.Mdns;
using Toss.Wire;

namespace Toss.Net;

/// <content>What `toss doctor` and `toss bench` ask of the network.</content>
public sealed partial class PeerNetwork
{
    public ValueTask<BenchResult> BenchAsync(DeviceId peer, int bytes, CancellationToken cancellation) =>
        _links?.To(peer) is { } link ? link.BenchAsync(bytes, cancellation) : new(BenchResult.Of(BenchStatus.NoLink));

    public async ValueTask<NetworkFindings> ExamineAsync(CancellationToken cancellation)
    {
        List<RelayConnection> relays;
        lock (_gate)
        {
            relays = [.. _relays.All];
        }
        // All at once: each waits for others.
        var reaching = Task.WhenAll(relays.Select(relay => ExamineAsync(relay, cancellation)));
        var echoing = _links?.EchoAsync(cancellation) ?? Task.FromResult((Sockets: 0, Echoes: 0));
        var listening =
            _links is not null && _context.Options.Multicast is { } multicast
                ? MulticastEcho.RunAsync(_context, multicast, cancellation)
                : Task.FromResult(new MulticastFindings(0, 0, 0, 0));
        var found = await FindCandidatesAsync(cancellation);
        var filters = found.Answered > 0 ? await FilterAsync(cancellation) : null;
        var (real, @virtual, hasV4, hasV6) = LocalAddresses.Survey();
        var (sockets, echoes) = await echoing;
        return new NetworkFindings
        {
            UsesLinks = _links is not null,
            Interfaces = real,
            VirtualInterfaces = @virtual,
            HasIPv4 = hasV4,
            HasIPv6 = hasV6,
            UdpSockets = sockets,
            UdpEchoes = echoes,
            Multicast = await listening,
            StunServers = found.Asked,
            StunAnswers = found.Answered,
            Nat = found.Nat,
            LetsOtherPortsIn = filters,
            Routers = Routers,
            SeenWithoutLink = _links?.SeenWithoutLink ?? [],
            Firewall = HostFirewall.Find(),
            Relays = await reaching,
        };
    }

    /// <summary>Dialled twice: the first one tells what stands in the way, the second one logs in as any device does.</summary>
    public async ValueTask<RelayTrial> TryRelayAsync(Uri relay, string? token, CancellationToken cancellation)
    {
        var (reach, clockAhead) = await ReachAsync(relay, cancellation);
        if (reach != RelayReach.Reached)
        {
            return new RelayTrial(reach, false, null, null, TimeSpan.Zero, clockAhead);
        }
        var began = _context.Time.GetTimestamp();
        var (state, refusal, update) = await RelayKnock.OfAsync(_context, relay, token, cancellation);
        var isAdmitted = state == RelayState.Connected;
        return new RelayTrial(reach, isAdmitted, refusal, update, _context.Time.GetElapsedTime(began), clockAhead);
    }

    /// <summary>Asks one relay, by IPv4 if it can be: that is where NATs are.</summary>
    private async Task<bool?> FilterAsync(CancellationToken cancellation)
    {
        var servers = await FindServersAsync(static relay => relay.HasOtherPort, cancellation);
        return
            servers.OrderBy(static server => server.AddressFamily != AddressFamily.InterNetwork).FirstOrDefault()
                is { } server
            && _links is not null
            ? await _links.FilterAsync(server, cancellation)
            : null;
    }

    /// <summary>A connection of its own, which tells what stands in the way of ours; nobody logs in on it.</summary>
    private async Task<RelayFindings> ExamineAsync(RelayConnection relay, CancellationToken cancellation)
    {
        var (reach, clockAhead) = await ReachAsync(relay.Relay, cancellation);
        var known = relay.Known;
        return new RelayFindings(relay.Relay, reach, known.IsReady, known.RoundTrip, clockAhead);
    }

    private async Task<(RelayReach Reach, TimeSpan? ClockAhead)> ReachAsync(Uri relay, CancellationToken cancellation)
    {
        var dialled = await _context.Dialer.DialAsync(relay, cancellation);
        dialled.Socket?.Dispose();
        var reach = dialled.Outcome switch
        {
            DialOutcome.Connected => RelayReach.Reached,
            DialOutcome.Certificate => RelayReach.Certificate,
            DialOutcome.NotARelay => RelayReach.NotARelay,
            _ => (await StunServers.ResolveAsync(relay.IdnHost, _context.Options, cancellation)).Length > 0
                ? RelayReach.Silent
                : RelayReach.UnknownName,
        };
        return (reach, dialled.Date - _context.Time.GetUtcNow());
    }
}
