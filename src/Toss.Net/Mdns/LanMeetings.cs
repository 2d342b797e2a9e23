using System.Net;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Net.Links;
using Toss.Quic;
using Toss.Transport.Mdns;
using Toss.Wire;

namespace Toss.Net.Mdns;

/// <summary>
/// What happens in the networks of this machine without a relay: companions that are seen are dialled, and pairings find their
/// meeting place. docs/protocol/discovery.md, docs/protocol/pairing.md. Thread-safe.
/// </summary>
internal sealed class LanMeetings : ILanNews, IAsyncDisposable
{
    /// <summary>
    /// For a joiner to find who shows its slot: questions at once, after 1 s and after 4 s, and their answers. A place that was
    /// opened this moment announces itself within 1 s.
    /// </summary>
    private static readonly TimeSpan s_seek = TimeSpan.FromSeconds(6);

    /// <summary>Places of one slot that are tried; more than one is somebody who repeats it.</summary>
    private const int MostPlaces = 8;

    private readonly Lock _gate = new();
    private readonly NetworkContext _context;
    private readonly ILinkSockets _links;
    private readonly IMulticastSockets _multicast;
    private readonly LinkNetwork _dialler;
    private readonly LanFinder _finder;
    private readonly List<Seeking> _seeking = [];

    public LanMeetings(NetworkContext context, ILinkSockets links, IMulticastSockets multicast, LinkNetwork dialler)
    {
        (_context, _links, _multicast, _dialler) = (context, links, multicast, dialler);
        _finder = new LanFinder(context, multicast, this);
    }

    /// <summary>What the settings of links let this device show; nothing without a port, or to nobody.</summary>
    public void Configure(LinkSettings? settings) =>
        _finder.Configure(
            settings is { Peers.Count: > 0 } && _dialler.Ports is { } ports
                ? new LanBeacon(
                    settings.BeaconKeys,
                    ports,
                    [.. settings.Peers.Select(peer => new LanPeer(peer.Device, peer.BeaconKey))]
                )
                : null,
            settings?.ClockOffset ?? TimeSpan.Zero
        );

    /// <inheritdoc cref="LanFinder.Refresh"/>
    public void Refresh(bool wasAway) => _finder.Refresh(wasAway);

    public async ValueTask<RendezvousResult> OpenAsync(ReadOnlyMemory<byte> slot)
    {
        var near = _multicast.Interfaces();
        if (near.Count == 0)
        {
            return new RendezvousResult(RendezvousStatus.NoNetwork, null);
        }
        var endpoint = new PairingEndpoint(_context, _links, near, accepts: true);
        if (endpoint.Ports is not { } ports)
        {
            await endpoint.DisposeAsync();
            return new RendezvousResult(RendezvousStatus.NoNetwork, null);
        }
        _finder.OpenSlot(slot, ports);
        return new RendezvousResult(
            RendezvousStatus.Ok,
            new LanPlace(_context, endpoint, slot, () => _finder.CloseSlot(slot))
        );
    }

    public async ValueTask<RendezvousResult> JoinAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation)
    {
        var near = _multicast.Interfaces();
        if (near.Count == 0)
        {
            return new RendezvousResult(RendezvousStatus.NoNetwork, null);
        }
        var endpoint = new PairingEndpoint(_context, _links, near, accepts: false);
        LanGuest? guest = null;
        try
        {
            guest = await SeekAsync(endpoint, slot, cancellation);
        }
        finally
        {
            if (guest is null)
            {
                await endpoint.DisposeAsync();
            }
        }
        return guest is null
            ? new RendezvousResult(RendezvousStatus.NoSuchSlot, null)
            : new RendezvousResult(RendezvousStatus.Ok, guest);
    }

    public ValueTask DisposeAsync() => _finder.DisposeAsync();

    void ILanNews.PeerSeen(DeviceId peer, IReadOnlyList<IPEndPoint> endPoints) => _dialler.LearnNear(peer, endPoints);

    void ILanNews.SlotSeen(ReadOnlyMemory<byte> slot, IReadOnlyList<IPEndPoint> endPoints)
    {
        lock (_gate)
        {
            foreach (var seeking in _seeking.Where(one => one.Slot.Span.SequenceEqual(slot.Span)))
            {
                foreach (var there in endPoints)
                {
                    if (seeking.Places.Count < MostPlaces && seeking.Places.Add(there))
                    {
                        seeking.Dials.Add(_context.Run(() => DialAsync(seeking, there)));
                    }
                }
            }
        }
    }

    /// <summary>The first that answers; the others hear nothing more.</summary>
    private async ValueTask<LanGuest?> SeekAsync(
        PairingEndpoint endpoint,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var seeking = new Seeking(slot, endpoint, new Waiter<QuicConnection>(), stop.Token);
        lock (_gate)
        {
            _seeking.Add(seeking);
        }
        _finder.SeekSlot(slot);
        try
        {
            var connection = await seeking.Found.WaitAsync(s_seek, _context.Time, cancellation);
            return await LanGuest.EnterAsync(_context, endpoint, connection, slot, cancellation);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _finder.LeaveSlot(slot);
            Task[] dials;
            lock (_gate)
            {
                _seeking.Remove(seeking);
                dials = [.. seeking.Dials];
            }
            stop.Cancel();
            await Task.WhenAll(dials);
        }
    }

    private static async Task DialAsync(Seeking seeking, IPEndPoint there)
    {
        if (
            await seeking.Endpoint.DialAsync(there, seeking.Stop) is { } connection
            && !seeking.Found.TrySet(connection)
        )
        {
            await connection.CloseAsync();
        }
    }

    private sealed record Seeking(
        ReadOnlyMemory<byte> Slot,
        PairingEndpoint Endpoint,
        Waiter<QuicConnection> Found,
        CancellationToken Stop
    )
    {
        public HashSet<IPEndPoint> Places { get; } = [];

        public List<Task> Dials { get; } = [];
    }
}
