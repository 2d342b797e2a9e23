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
            Routers = Routers,
            SeenWithoutLink = _links?.SeenWithoutLink ?? [],
            Firewall = HostFirewall.Find(),
            Relays = await reaching,
        };
    }

    /// <summary>A connection of its own, which tells what stands in the way of ours; nobody logs in on it.</summary>
    private async Task<RelayFindings> ExamineAsync(RelayConnection relay, CancellationToken cancellation)
    {
        var dialled = await _context.Dialer.DialAsync(relay.Relay, cancellation);
        dialled.Socket?.Dispose();
        var reach = dialled.Outcome switch
        {
            DialOutcome.Connected => RelayReach.Reached,
            DialOutcome.Certificate => RelayReach.Certificate,
            DialOutcome.NotARelay => RelayReach.NotARelay,
            _ => (await StunServers.ResolveAsync(relay.Relay.IdnHost, _context.Options, cancellation)).Length > 0
                ? RelayReach.Silent
                : RelayReach.UnknownName,
        };
        var known = relay.Known;
        return new RelayFindings(
            relay.Relay,
            reach,
            known.IsReady,
            known.RoundTrip,
            dialled.Date - _context.Time.GetUtcNow()
        );
    }
}
