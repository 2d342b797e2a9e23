using System.Net;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Testing.Quic;

/// <summary>A client and a server with one connection over the simulated net, and what their applications do.</summary>
internal sealed class QuicPair
{
    public static readonly SimLink Straight = new() { Delay = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.Zero };

    private readonly ConnectionOptions _clientOptions;

    public QuicPair(
        ulong seed = 1,
        SimLink? link = null,
        Func<ConnectionOptions, ConnectionOptions>? client = null,
        Func<ConnectionOptions, ConnectionOptions>? server = null,
        Func<EndpointOptions, EndpointOptions>? serverEndpoint = null
    )
    {
        Scheduler = new SimScheduler();
        Net = new SimNet(Scheduler, new SimContext(Scheduler, "wires"), seed) { Link = link ?? Straight };
        Net.AddNode("client", null, IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.3"));
        Net.AddNode("server", null, IPAddress.Parse("192.0.2.2"));
        _clientOptions = (client ?? Same)(Options(isClient: true));
        var endpoint = new EndpointOptions { Key = new byte[32], Server = (server ?? Same)(Options(isClient: false)) };
        Client = new SimQuicHost(Scheduler, Net, "client", new EndpointOptions { Key = new byte[32] }, (seed * 2) + 1);
        Server = new SimQuicHost(Scheduler, Net, "server", (serverEndpoint ?? Same)(endpoint), (seed * 2) + 2);
        Client.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1000));
        Server.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.2"), 443));
        Client.Changed = ClientTraffic.Drive;
        Server.Changed = connection =>
        {
            while (Server.Endpoint.TryAccept(out var accepted))
            {
                AtServer = accepted;
            }
            if (connection == AtServer)
            {
                ServerTraffic.Drive(connection);
            }
        };
    }

    public SimScheduler Scheduler { get; }

    public SimNet Net { get; }

    public SimQuicHost Client { get; }

    public SimQuicHost Server { get; }

    public StreamTraffic ClientTraffic { get; } = new(isServer: false);

    public StreamTraffic ServerTraffic { get; } = new(isServer: true);

    public Connection? AtClient { get; private set; }

    public Connection? AtServer { get; private set; }

    public NetworkPath ToServer => SocketAddresses.ToPath(Server.Local(), 0);

    public static ConnectionOptions Options(bool isClient) =>
        new()
        {
            Tls = TlsPair.Options(isClient),
            MaxDatagramFrameSize = 65_535,
            Limits = new StreamLimits
            {
                Data = 400_000,
                OwnBidirectional = 100_000,
                PeerBidirectional = 100_000,
                Unidirectional = 100_000,
                BidirectionalStreams = 8,
                UnidirectionalStreams = 8,
            },
            SendCapacity = 200_000,
        };

    public Connection Dial()
    {
        AtClient = Client.Endpoint.Dial(_clientOptions, ToServer, Client.Now);
        Client.Drain();
        return AtClient;
    }

    public QuicPair Connect(double seconds = 30)
    {
        Dial();
        RunUntil(() => AtClient!.IsConfirmed && AtServer is { IsConfirmed: true }, seconds, "the handshake");
        return this;
    }

    /// <summary>Lets the applications begin what they were told to send.</summary>
    public void Push()
    {
        ClientTraffic.Drive(AtClient!);
        Client.Touch(AtClient!);
        if (AtServer is { } server)
        {
            ServerTraffic.Drive(server);
            Server.Touch(server);
        }
    }

    public void RunUntil(Func<bool> holds, double seconds, string what) =>
        Scheduler.RunUntil(holds, TimeSpan.FromSeconds(seconds), what);

    public void RunFor(double seconds) => Scheduler.RunFor(TimeSpan.FromSeconds(seconds));

    /// <summary>All that was sent has been read and acknowledged on both sides.</summary>
    public bool IsDone =>
        ClientTraffic.IsIdle && ServerTraffic.IsIdle && AtClient!.Streams.Count == 0 && AtServer!.Streams.Count == 0;

    public static T Only<T>(StreamTraffic traffic)
        where T : ConnectionEvent => Assert.Single(traffic.Events.OfType<T>());

    private static T Same<T>(T options) => options;
}
