using System.Net;
using Toss.Crypto.Identity;
using Toss.Net.Links;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Transport.Mdns;
using Toss.Wire;

namespace Toss.Net.Mdns;

/// <summary>
/// The QUIC endpoint of one meeting in this network: its key is thrown away with it, and proves nothing to anybody. What
/// passes is protected by the pairing itself. Only the networks of this machine get an answer.
/// </summary>
internal sealed class PairingEndpoint : IAsyncDisposable
{
    /// <summary>Joiners at a time; an honest pairing has one.</summary>
    private const int MostConnections = 16;

    /// <summary>Both are in one network: what does not answer at once is not there.</summary>
    private static readonly TimeSpan s_handshake = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(8);

    private readonly DeviceKey _key;
    private readonly IReadOnlyList<LanInterface> _near;
    private readonly QuicEndpoint _endpoint;
    private readonly ILinkLoop? _loop;

    /// <param name="near">The networks whose devices get an answer.</param>
    public PairingEndpoint(NetworkContext context, ILinkSockets sockets, IReadOnlyList<LanInterface> near, bool accepts)
    {
        _near = near;
        _key = DeviceKey.Generate(context.Random);
        var key = new byte[32];
        context.Random.Fill(key);
        _endpoint = new QuicEndpoint(
            new EndpointOptions
            {
                Key = key,
                Server = accepts ? Options() : null,
                Filter = Admits,
                MaxConnections = MostConnections,
                MaxUnvalidated = MostConnections / 2,
                SendsResets = false,
                SendsTokens = false,
            },
            new QuicRandomness(context.Random)
        );
        _loop = sockets.Start(_endpoint, static (in _, _) => { });
    }

    /// <summary>Null if the system gave no socket.</summary>
    public LanPorts? Ports => _loop is null ? null : LinkPorts.Of(_loop.Locals);

    /// <summary>Null if nobody answers there.</summary>
    public async Task<QuicConnection?> DialAsync(IPEndPoint there, CancellationToken cancellation)
    {
        if (_loop?.PathTo(there) is not { } path)
        {
            return null;
        }
        try
        {
            return await _endpoint.ConnectAsync(
                new QuicDialOptions { Connection = Options(), Path = path },
                cancellation
            );
        }
        catch (Exception failure) when (failure is QuicException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The next joiner; null at the end.</summary>
    public async Task<QuicConnection?> AcceptAsync(CancellationToken cancellation)
    {
        try
        {
            return await _endpoint.AcceptConnectionAsync(cancellation);
        }
        catch (Exception failure) when (failure is QuicException or OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_loop is not null)
        {
            await _loop.DisposeAsync();
        }
        _key.Dispose();
    }

    private ConnectionOptions Options() =>
        new()
        {
            // Whoever it is: the code says who belongs here.
            Tls = LinkTls.Options(ProtocolVersions.PairingProtocol, _key, static _ => true),
            Limits = new StreamLimits
            {
                Data = 4 * Limits.PairingMessage,
                OwnBidirectional = 4 * Limits.PairingMessage,
                PeerBidirectional = 4 * Limits.PairingMessage,
                Unidirectional = 0,
                BidirectionalStreams = 1,
                UnidirectionalStreams = 0,
            },
            SendCapacity = 8 * Limits.PairingMessage,
            IdleTimeout = s_idle,
            KeepAlive = s_keepAlive,
            HandshakeTimeout = s_handshake,
        };

    private AcceptDecision Admits(in IncomingInitial initial)
    {
        var from = SocketAddresses.ToEndPoint(initial.From).Address;
        return _near.Any(lan => lan.IsNear(from)) ? AcceptDecision.Accept : AcceptDecision.Ignore;
    }
}
