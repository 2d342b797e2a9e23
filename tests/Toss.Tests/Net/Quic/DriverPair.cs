using System.Net;
using System.Security.Cryptography;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Platform;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Net.Quic;

/// <summary>Two endpoints on loops of their own, over loopback.</summary>
internal sealed class DriverPair : IAsyncDisposable
{
    private DriverPair(
        (QuicEndpoint Endpoint, UdpQuicDriver Driver) client,
        (QuicEndpoint Endpoint, UdpQuicDriver Driver) server,
        ConnectionOptions options
    )
    {
        (ClientEndpoint, ClientDriver) = client;
        (ServerEndpoint, ServerDriver) = server;
        Dial = new QuicDialOptions { Connection = options, Path = ClientDriver.PathTo(ServerDriver.Locals[0]) };
    }

    public QuicEndpoint ClientEndpoint { get; }

    public UdpQuicDriver ClientDriver { get; }

    public QuicEndpoint ServerEndpoint { get; }

    public UdpQuicDriver ServerDriver { get; }

    public QuicDialOptions Dial { get; }

    public static DriverPair Start(
        UdpImplementation implementation,
        IPAddress[] client,
        IPAddress server,
        Func<ConnectionOptions, ConnectionOptions>? options = null,
        NotQuicReceived? notQuic = null
    )
    {
        var atClient = (options ?? Same)(new ConnectionOptions { Tls = TlsPair.Options(client: true) });
        var atServer = new ConnectionOptions { Tls = TlsPair.Options(client: false), MaxDatagramFrameSize = 1200 };
        return new DriverPair(
            Start(new EndpointOptions { Key = new byte[32] }, 1, client, new() { Implementation = implementation }),
            Start(
                new EndpointOptions { Key = new byte[32], Server = atServer },
                2,
                [server],
                new() { Implementation = implementation, NotQuic = notQuic }
            ),
            atClient
        );
    }

    public async Task<(QuicConnection Client, QuicConnection Server)> ConnectAsync()
    {
        var accepting = ServerEndpoint.AcceptConnectionAsync();
        var client = await Watchdog.Within(ClientEndpoint.ConnectAsync(Dial), "the client's handshake");
        return (client, await Watchdog.Within(accepting, "the server's handshake"));
    }

    /// <summary>Sends bytes that follow from a seed; their hash.</summary>
    public static async Task<byte[]> SendAsync(QuicStream stream, int seed, long length, Action<long>? progress = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[64 * 1024];
        var random = new Random(seed);
        for (long at = 0; at < length; at += piece.Length)
        {
            random.NextBytes(piece);
            hash.AppendData(piece);
            await stream.WriteAsync(piece);
            progress?.Invoke(at);
        }
        stream.CompleteWrites();
        return hash.GetHashAndReset();
    }

    public static async Task<byte[]> ReceiveAsync(QuicStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (true)
        {
            var read = await stream.Input.ReadAsync();
            foreach (var piece in read.Buffer)
            {
                hash.AppendData(piece.Span);
            }
            stream.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return hash.GetHashAndReset();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ClientDriver.DisposeAsync();
        await ServerDriver.DisposeAsync();
    }

    private static (QuicEndpoint, UdpQuicDriver) Start(
        EndpointOptions options,
        ulong seed,
        IPAddress[] locals,
        UdpDriverOptions driverOptions
    )
    {
        var endpoint = new QuicEndpoint(options, new SimQuicRandom(seed));
        var result = UdpQuicDriver.TryStart(
            endpoint,
            [.. locals.Select(local => new IPEndPoint(local, 0))],
            driverOptions,
            out var driver
        );
        Assert.Equal(BindResult.Bound, result);
        return (endpoint, driver!);
    }

    private static ConnectionOptions Same(ConnectionOptions options) => options;
}
