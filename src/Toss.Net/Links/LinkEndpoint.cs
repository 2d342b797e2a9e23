using System.Net;
using System.Security.Cryptography;
using Toss.Core.Ports;
using Toss.Crypto.Links;
using Toss.Net.Mapping;
using Toss.Quic;
using Toss.Transport.Mdns;
using Toss.Transport.Paths;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// The QUIC endpoint of links: whom it lets in, and how it proves who we are. Without a knock nobody gets an answer; without
/// a member's key nobody gets further than the handshake. docs/protocol/links.md.
/// </summary>
internal sealed class LinkEndpoint : IAsyncDisposable
{
    /// <summary>An honest network sees both within seconds of a cut; NATs forget a silent pair after 30 s.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(10);

    /// <summary>A peer that is there answers within a round trip or two.</summary>
    private static readonly TimeSpan s_handshake = TimeSpan.FromSeconds(5);

    /// <summary>A full gigabit at 8 ms, and 100 Mbit/s at 80 ms.</summary>
    private const int Window = 1 << 20;

    /// <summary>That a peer may ask for; more of them would not be faster.</summary>
    private const int BlobStreamsAtOnce = 4;

    private readonly NetworkContext _context;
    private readonly KnockMemory _knocks = new();
    private readonly QuicEndpoint _endpoint;
    private readonly MappedAddresses _mapped;
    private readonly Circuits _circuits;
    private readonly UdpEcho _echo;
    private readonly ILinkLoop? _loop;
    private readonly PortMappings? _ports;
    private volatile LinkSettings _settings;

    /// <param name="moved">Called when peers may find us elsewhere.</param>
    public LinkEndpoint(
        NetworkContext context,
        ILinkSockets sockets,
        Circuits circuits,
        LinkSettings settings,
        Action moved
    )
    {
        (_context, _settings) = (context, settings);
        var key = new byte[32];
        context.Random.Fill(key);
        var options = new EndpointOptions
        {
            Key = key,
            // Who dialled keeps it alive, or does not.
            Server = Options(IsMember, TimeSpan.Zero),
            Filter = Admits,
            MaxConnections = Limits.Devices,
            // Who knocked is no stranger, and a Retry would tell a replay that somebody is here; so would a reset.
            MaxUnvalidated = Limits.Devices,
            SendsResets = false,
            SendsTokens = false,
        };
        _endpoint = new QuicEndpoint(options, new QuicRandomness(context.Random));
        _mapped = new MappedAddresses(context);
        _echo = new UdpEcho(context);
        _circuits = circuits;
        _loop = sockets.Start(_endpoint, Receive, circuits.Leave);
        if (_loop is not null)
        {
            circuits.Use(_loop);
        }
        if (context.Options.Routers is { } routers && Ports.V4 > 0)
        {
            _ports = new PortMappings(context, routers, Ports.V4, moved);
            _ports.Start();
        }
    }

    /// <summary>False if the system gave no socket: then nobody is dialled, and nobody comes.</summary>
    public bool IsRunning => _loop is not null;

    public IReadOnlyList<IPEndPoint> Candidates => [.. Own.Union(_ports?.External ?? [])];

    private IReadOnlyList<IPEndPoint> Own => _loop?.Candidates() ?? [];

    /// <summary>What the routers say of a port for links.</summary>
    public IReadOnlyList<RouterFindings> Routers => _ports?.Found ?? [];

    public IReadOnlyList<LocalNetwork> Networks => _loop?.Networks() ?? [];

    /// <summary>The same, and where these servers see us.</summary>
    public async ValueTask<FoundCandidates> FindCandidatesAsync(
        IReadOnlyList<IPEndPoint> servers,
        CancellationToken cancellation
    )
    {
        if (_loop is null)
        {
            return new FoundCandidates([], NatMapping.Unknown);
        }
        // Asks the system, which takes its time: once.
        var own = Own;
        var search = await _mapped.FindAsync(servers, own, _loop, cancellation);
        // A port that a router opened is open to all; one that relays see may be for them alone.
        var opened = _ports?.External ?? [];
        List<IPEndPoint> mapped = [.. opened.Union(search.Mapped)];
        var near = own.Where(one => !IPAddress.IsLoopback(one.Address));
        var self = own.Where(one => IPAddress.IsLoopback(one.Address));
        // Those of the same network first, and this machine's own last.
        var told = near.Take(Wire.Limits.Candidates - mapped.Count).Union(mapped).Union(self);
        return new FoundCandidates(
            [.. told.Take(Wire.Limits.Candidates)],
            search.Mapping(own),
            search.Asked,
            search.Answered
        )
        {
            IsMapped = opened.Count > 0,
        };
    }

    /// <inheritdoc cref="MappedAddresses.FilterAsync"/>
    public Task<bool?> FilterAsync(IPEndPoint server, CancellationToken cancellation) =>
        _loop is null ? Task.FromResult<bool?>(null) : _mapped.FilterAsync(server, _loop, cancellation);

    /// <summary>Where relays saw this device may be past, and so may be what routers gave.</summary>
    public void ForgetMapped()
    {
        _mapped.Forget();
        _ports?.Refresh();
    }

    /// <summary>The sockets there are, and how many hear what they send to themselves.</summary>
    public async Task<(int Sockets, int Echoes)> EchoAsync(CancellationToken cancellation) =>
        _loop is null ? (0, 0) : (_loop.Locals.Count, await _echo.RunAsync(_loop, cancellation));

    /// <summary>The ports of its sockets.</summary>
    public LanPorts Ports => LinkPorts.Of(_loop?.Locals ?? []);

    /// <summary>What <see cref="AcceptAsync"/> gave, and who runs the link counts off.</summary>
    public UnopenedLinks Unopened { get; } = new();

    public DeviceId Self => _settings.Key.Id;

    /// <summary>Other members; the same key.</summary>
    public void Update(LinkSettings settings) => _settings = settings;

    public bool HasMember(DeviceId peer) => _settings.Peers.Any(one => one.Device == peer);

    public bool IsFor(LinkSettings settings) => _settings.Key.Id == settings.Key.Id;

    /// <summary>Hands in what came by a circuit.</summary>
    public void Deliver(NetworkPath from, byte[] datagrams, int size) => _loop?.Deliver(from, datagrams, size);

    /// <summary>Null if it did not come to be, whatever the reason.</summary>
    public async Task<QuicConnection?> DialAsync(DeviceId peer, IPEndPoint candidate, CancellationToken cancellation) =>
        _loop?.PathTo(candidate) is { } path ? await DialAsync(peer, path, s_keepAlive, cancellation) : null;

    /// <summary>The same by a circuit; such a link ends when nobody uses it.</summary>
    public Task<QuicConnection?> DialRelayedAsync(DeviceId peer, NetworkPath circuit, CancellationToken cancellation) =>
        DialAsync(peer, circuit, keepAlive: TimeSpan.Zero, cancellation);

    private async Task<QuicConnection?> DialAsync(
        DeviceId peer,
        NetworkPath path,
        TimeSpan keepAlive,
        CancellationToken cancellation
    )
    {
        if (_settings.Peers.FirstOrDefault(one => one.Device == peer) is not { } known)
        {
            return null;
        }
        var knock = Knock.Make(known.BeaconKey.Span, CircleNow, _context.Random);
        try
        {
            return await _endpoint.ConnectAsync(
                new QuicDialOptions
                {
                    Connection = Options(shown => IsKeyOf(known, shown), keepAlive),
                    Path = path,
                    FirstDestination = new ConnectionId(knock),
                },
                cancellation
            );
        }
        catch (Exception failure) when (failure is QuicException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The next peer that dialled us and proved to be a member; null at the end.</summary>
    public async Task<(QuicConnection Connection, DeviceId Peer)?> AcceptAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var connection = await _endpoint.AcceptConnectionAsync(cancellation);
                // Asked again: it may have been removed during the handshake.
                if (_settings.Peers.FirstOrDefault(peer => IsKeyOf(peer, connection.Peer)) is not { } member)
                {
                    await connection.CloseAsync((long)Transport.Links.LinkError.NotAMember);
                }
                else if (!Unopened.TryAdd(member.Device))
                {
                    await connection.CloseAsync((long)Transport.Links.LinkError.TooMany);
                }
                else
                {
                    return (connection, member.Device);
                }
            }
        }
        catch (Exception failure) when (failure is QuicException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>
    /// Ends at once. Whoever has a connection closes it before, which tells its peer; nobody waits here for peers that may be
    /// gone (RFC 9000 §10.2 would be three probe time-outs).
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_ports is not null)
        {
            await _ports.DisposeAsync();
        }
        if (_loop is not null)
        {
            _circuits.Release(_loop);
            await _loop.DisposeAsync();
        }
    }

    // What shares the sockets: packets of circuits, and STUN.
    private void Receive(in NetworkPath from, ReadOnlySpan<byte> datagram)
    {
        if (!_circuits.TryReceive(from, datagram))
        {
            _mapped.Receive(from, datagram);
            _echo.Receive(datagram);
        }
    }

    private DateTimeOffset CircleNow => _context.Time.GetUtcNow() + _settings.ClockOffset;

    private ConnectionOptions Options(PeerCheck check, TimeSpan keepAlive) =>
        new()
        {
            Tls = LinkTls.Options(ProtocolVersions.LinkProtocol, _settings.Key, check),
            // One control stream, opened by who dialled, and blobs, for which there is never all of the room: envelopes have
            // a window of their own.
            Limits = new StreamLimits
            {
                Data = (1 + BlobStreamsAtOnce) * Window,
                OwnBidirectional = Window,
                PeerBidirectional = Window,
                Unidirectional = 0,
                BidirectionalStreams = 1 + BlobStreamsAtOnce,
                UnidirectionalStreams = 0,
            },
            SendCapacity = Window,
            IdleTimeout = Idle,
            KeepAlive = keepAlive,
            HandshakeTimeout = s_handshake,
        };

    // On the loop, before any state: a MAC and no more.
    private AcceptDecision Admits(in IncomingInitial initial)
    {
        var knock = initial.Destination.Span;
        return IsKnock(knock) && _knocks.IsNew(knock, _context.Clock.Now)
            ? AcceptDecision.Accept
            : AcceptDecision.Ignore;
    }

    private bool IsKnock(ReadOnlySpan<byte> knock)
    {
        var valid = false;
        foreach (var key in _settings.BeaconKeys)
        {
            valid |= Knock.IsValid(key.Span, knock, CircleNow);
        }
        return valid;
    }

    private bool IsMember(PeerCredential shown) => _settings.Peers.Any(peer => IsKeyOf(peer, shown));

    private static bool IsKeyOf(LinkPeer peer, PeerCredential? shown) =>
        shown is not null && CryptographicOperations.FixedTimeEquals(peer.PublicKey.Span, shown.PublicKey);
}
