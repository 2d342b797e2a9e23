using System.Net;
using System.Threading.Channels;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Net.Links;
using Toss.Net.Mdns;
using Toss.Transport.Paths;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>
/// The network of one device: a place at each relay where it has a mailbox, and links to peers. One caller, the agent's thread;
/// the connections run on the thread pool and speak through <see cref="Events"/>.
/// </summary>
public sealed partial class PeerNetwork : IPeerNetwork
{
    private readonly Lock _gate = new();
    private readonly NetworkContext _context;
    private readonly RelayEvents _events;
    private readonly RelayVisits _visits;
    private readonly MeetingPlaces _places;
    private readonly NetworkNews _news;
    private readonly PeerDirectory _peers = new();
    private readonly RelayPlaces _relays;
    private readonly NetworkWatch _watch;
    private readonly LinkNetwork? _links;
    private readonly LanMeetings? _lan;
    private readonly Circuits _circuits;
    private bool _started;

    public PeerNetwork(TimeProvider time, IRandomSource random, NetworkOptions? options = null)
    {
        _context = new NetworkContext(time, random, options ?? new NetworkOptions());
        _news = new NetworkNews(_context);
        _circuits = new Circuits(_context);
        _events = new RelayEvents(this, time);
        _visits = new RelayVisits(_context, _events);
        _places = new MeetingPlaces(_context, _events, _visits);
        _relays = new RelayPlaces(Connect);
        _watch = new NetworkWatch(_context, OnNetworkNews);
        _links = _context.Options.Links is { } sockets
            ? new LinkNetwork(_context, sockets, _circuits, new LinkEvents(this, _news, _context.Clock))
            : null;
        if (_links is not null)
        {
            _circuits.Arrives = _links.Deliver;
            _circuits.Ends = _links.OnClosed;
        }
        _lan =
            _links is not null && _context.Options.Multicast is { } multicast
                ? new LanMeetings(_context, _context.Options.Links!, multicast, _links)
                : null;
    }

    public ChannelReader<NetworkEvent> Events => _news.Reader;

    public void Start()
    {
        lock (_gate)
        {
            if (_started)
            {
                return;
            }
            _started = true;
            foreach (var connection in _relays.All)
            {
                connection.Start();
            }
        }
        BeginWatch();
    }

    public void Configure(IReadOnlyList<RelayAccount> accounts, IReadOnlyList<PeerAddress> peers)
    {
        var taken = accounts
            .Select(account => RelayUrl.Normal(account.Relay) is { } relay ? account with { Relay = relay } : null)
            .OfType<RelayAccount>()
            .DistinctBy(account => account.Relay)
            .ToList();
        lock (_gate)
        {
            _news.TellPresence(_peers.Replace(peers), online: false);
            foreach (var gone in _relays.Replace(taken))
            {
                Retire(gone);
            }
            foreach (var connection in _relays.All)
            {
                connection.SetAllowed(_peers.MailboxesAt(connection.Relay));
            }
        }
    }

    public void ConfigureLinks(LinkSettings? settings)
    {
        _links?.Configure(settings);
        _lan?.Configure(settings);
    }

    public void LearnCandidates(DeviceId peer, IReadOnlyList<IPEndPoint> candidates) => _links?.Learn(peer, candidates);

    public IReadOnlyList<IPEndPoint> Candidates => _links?.Candidates ?? [];

    public IReadOnlyList<RouterFindings> Routers => _links?.Routers ?? [];

    public async ValueTask<FoundCandidates> FindCandidatesAsync(CancellationToken cancellation)
    {
        if (_links is null)
        {
            return new FoundCandidates([], NatMapping.Unknown);
        }
        return await _links.FindCandidatesAsync(await FindServersAsync(static _ => true, cancellation), cancellation);
    }

    private async Task<IReadOnlyList<IPEndPoint>> FindServersAsync(
        Func<RelayKnown, bool> isWanted,
        CancellationToken cancellation
    )
    {
        List<(Uri Relay, IReadOnlyList<int> Ports)> relays;
        lock (_gate)
        {
            relays =
            [
                .. _relays
                    .All.Where(connection => isWanted(connection.Known))
                    .Select(connection => (connection.Relay, connection.Known.UdpPorts)),
            ];
        }
        return await StunServers.FindAsync(relays, _context.Options, cancellation);
    }

    public async ValueTask<SendResult> SendAsync(
        DeviceId to,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        if (envelope.Length > Limits.Envelope)
        {
            return new SendResult(SendStatus.TooLarge);
        }
        // What a link does not bring over at once, a relay may; what one relay does not take, another may: a mailbox is full,
        // or its owner has not been there since it learned of us. An envelope that went both ways is one to its receiver.
        var tried = new List<PeerPath>();
        var refused = new SendResult(SendStatus.NoPath);
        while (NextPath(to, tried) is { } path)
        {
            tried.Add(path);
            var sent = await SendOnAsync(path, to, envelope, timeToLive, cancellation);
            if (sent.Status == SendStatus.Accepted)
            {
                return sent with { Path = StatusOf(path) };
            }
            refused = refused.Status == SendStatus.NoPath ? sent : refused;
        }
        return refused;
    }

    public async ValueTask<SendResult> SendToAsync(
        PeerAddress to,
        RelayAccount? guest,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        if (envelope.Length > Limits.Envelope)
        {
            return new SendResult(SendStatus.TooLarge);
        }
        return await _visits.LeaveAsync(At(to.Relay), guest, to.Mailbox, envelope, timeToLive, cancellation);
    }

    public void Acknowledge(ReceivedEnvelope envelope)
    {
        if (!EnvelopeToken.TryRead(envelope.Token, out var generation, out var sequence))
        {
            return;
        }
        if (envelope.Via is not { } relay)
        {
            _links?.Acknowledge(generation, sequence);
            return;
        }
        lock (_gate)
        {
            _relays.At(relay)?.Acknowledge(generation, sequence);
        }
    }

    public PeerPathStatus? PathTo(DeviceId peer)
    {
        lock (_gate)
        {
            return _peers.Choose(_context.Options.Paths, peer, PathsTo(peer)) is { PeerSeen: not null } path
                ? StatusOf(path)
                : null;
        }
    }

    public async ValueTask<RendezvousResult> OpenRendezvousAsync(
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        RelayConnection? home;
        lock (_gate)
        {
            home = _relays.Home;
        }
        return await _places.OpenAsync(home, slot, cancellation);
    }

    public ValueTask<RendezvousResult> OpenNearbyAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation) =>
        _lan?.OpenAsync(slot) ?? new(new RendezvousResult(RendezvousStatus.NoNetwork, null));

    public ValueTask<RendezvousResult> JoinNearbyAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation) =>
        _lan?.JoinAsync(slot, cancellation) ?? new(new RendezvousResult(RendezvousStatus.NoNetwork, null));

    public async ValueTask<RendezvousResult> JoinRendezvousAsync(
        Uri relay,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    ) => await _places.JoinAsync(relay, slot, cancellation);

    public async ValueTask DisposeAsync()
    {
        await EndWatchAsync();
        _news.Stop();
        await (_lan?.DisposeAsync() ?? default);
        if (_links is not null)
        {
            await _links.DisposeAsync();
        }
        lock (_gate)
        {
            foreach (var connection in _relays.Replace([]))
            {
                Retire(connection);
            }
        }
        await _circuits.DisposeAsync();
        await _news.EndAsync();
    }

    /// <summary>Stage 9 of the path of a clip: a whole envelope is here.</summary>
    internal ValueTask Receive(RelayConnection connection, ulong generation, RelayEnvelopeArrived arrived) =>
        EnvelopeToken.TryMake(generation, arrived.Sequence, out var token)
            ? _news.EmitAsync(new ReceivedEnvelope(arrived.Envelope, arrived.From, connection.Relay, token))
            : ValueTask.CompletedTask;

    /// <summary>A link came to be, is gone, or can be trusted again: whatever waits for a path looks again.</summary>
    internal void LinkChanged(DeviceId peer)
    {
        lock (_gate)
        {
            _peers.SetLinked(peer, _links?.To(peer) is not null);
            _news.TellPresence([peer], _peers.IsOnline(peer));
        }
    }

    internal void Presence(RelayConnection connection, RelayPresenceChanged presence)
    {
        lock (_gate)
        {
            // A word of a connection that was given up in the meantime.
            if (_relays.At(connection.Relay) != connection)
            {
                return;
            }
            DateTimeOffset? seen = presence.Online ? _context.Clock.Now : null;
            _news.TellPresence(_peers.Mark(connection.Relay, presence.Mailbox, seen), presence.Online);
        }
    }

    internal void Lost(RelayConnection connection)
    {
        _circuits.Forget(connection);
        lock (_gate)
        {
            if (_relays.At(connection.Relay) != connection)
            {
                return;
            }
            _news.TellPresence(_peers.Forget(connection.Relay), online: false);
        }
    }

    /// <summary>Not what a connection says that was given up, or that is for one meeting.</summary>
    internal async ValueTask StateAsync(
        RelayConnection connection,
        RelayState state,
        RelayRefusal? refusal,
        string? update
    )
    {
        lock (_gate)
        {
            if (_relays.At(connection.Relay) != connection)
            {
                return;
            }
        }
        await _news.EmitAsync(new RelayStateChanged(connection.Relay, state, refusal) { Update = update });
    }

    private RelayConnection? At(Uri relay)
    {
        lock (_gate)
        {
            return RelayUrl.Normal(relay) is { } normal ? _relays.At(normal) : null;
        }
    }

    private RelayConnection Connect(RelayAccount account)
    {
        var connection = new RelayConnection(account.Relay, RelayLogin.Of(account), guest: false, _context, _events);
        if (_started)
        {
            connection.Start();
        }
        return connection;
    }

    private void Retire(RelayConnection connection)
    {
        var gone = _peers.Forget(connection.Relay);
        _news.Follow(async () => await connection.DisposeAsync());
        _news.TellPresence(gone, online: false);
    }
}
