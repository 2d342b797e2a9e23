using System.Net;
using Toss.Crypto.Links;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Toss.Wire;

namespace Toss.Tests.Simulation;

/// <summary>A machine in the devices' network that dials their link ports: with nobody's key, or one that it stole.</summary>
internal sealed class Stranger
{
    private readonly SimWorld _world;
    private readonly SimQuicPeer _peer;
    private ulong _knocks;

    public Stranger(SimWorld world)
    {
        _world = world;
        world.Net.AddNode("stranger", world.Lan, IPAddress.Parse("192.168.1.99"));
        _peer = new SimQuicPeer(
            world.Scheduler,
            world.Net,
            "stranger",
            new EndpointOptions { Key = new byte[32] },
            seed: 9
        );
        _peer.Bind(new IPEndPoint(IPAddress.Parse("192.168.1.99"), 1000));
    }

    /// <summary>Whether anything comes back on a fresh knock under this beacon key.</summary>
    public bool IsAnswered(IPEndPoint there, ReadOnlySpan<byte> beaconKey, DateTimeOffset now) =>
        IsAnswered(there, Knock.Make(beaconKey, now, new SeededRandomSource(7 + _knocks++)));

    /// <summary>Whether anything comes back on a first packet to this connection ID.</summary>
    public bool IsAnswered(IPEndPoint there, byte[] destination)
    {
        var heard = _peer.Heard;
        var ended = false;
        Dial(there, destination, TlsPair.Options(client: true), onEnd: () => ended = true);
        _world.Scheduler.RunUntil(() => ended, TimeSpan.FromMinutes(1), "the stranger's end");
        return _peer.Heard > heard;
    }

    /// <summary>Connects and says nothing. Returns at once.</summary>
    /// <param name="tls">Who it claims to be.</param>
    public void Dial(
        IPEndPoint there,
        byte[] destination,
        TlsOptions tls,
        Action? onConnected = null,
        Action? onEnd = null
    ) =>
        _peer.Application.Post(
            async _ =>
            {
                try
                {
                    var connection = await _peer.Endpoint.ConnectAsync(
                        new QuicDialOptions
                        {
                            Connection = QuicPair.Options(isClient: true) with
                            {
                                Tls = tls with
                                {
                                    Protocols = [ProtocolVersions.LinkProtocol],
                                    Groups = [TlsGroup.X25519MlKem768],
                                    CheckPeer = static _ => true,
                                },
                            },
                            Path = SocketAddresses.ToPath(there, 0),
                            FirstDestination = new ConnectionId(destination),
                        }
                    );
                    onConnected?.Invoke();
                    // A client is connected before the server has looked at its key.
                    await connection.AcceptStreamAsync();
                }
                catch (QuicException)
                {
                    onEnd?.Invoke();
                }
            },
            null
        );
}
