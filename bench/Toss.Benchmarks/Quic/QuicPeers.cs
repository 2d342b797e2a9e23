using System.Diagnostics;
using System.Globalization;
using System.Net;
using Toss.Quic;
using Toss.Testing.Net;

namespace Toss.Benchmarks.Quic;

/// <summary>Our server and our client, each a process that lives through all rounds, as what serves real peers does.</summary>
internal sealed class QuicPeers : IAsyncDisposable
{
    private readonly ChildProcess _server;
    private ChildProcess? _client;

    private QuicPeers(ChildProcess server) => _server = server;

    /// <param name="serverSpace">Null for the network of this process.</param>
    /// <param name="at">Where the client finds the server.</param>
    public static async Task<QuicPeers> StartAsync(
        CipherSuite suite,
        IPAddress at,
        LabNamespace? serverSpace = null,
        LabNamespace? clientSpace = null
    )
    {
        // Bound to any address: that of a link may not be there yet, or come again.
        var peers = new QuicPeers(
            new ChildProcess(Program(serverSpace, "quic-serve", IPAddress.Any.ToString(), suite))
        );
        try
        {
            var port = int.Parse(await peers._server.ReadLineAsync(), CultureInfo.InvariantCulture);
            var server = new IPEndPoint(at, port).ToString();
            peers._client = new ChildProcess(Program(clientSpace, "quic-fetch", server, suite));
            await peers._client.ReadLineAsync();
            return peers;
        }
        catch
        {
            await peers.DisposeAsync();
            throw;
        }
    }

    /// <summary>The server sends so many bytes over a new connection.</summary>
    public async Task<(QuicFact Sender, QuicFact Receiver)> CarryAsync(long bytes)
    {
        await _client!.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"fetch {bytes}"));
        var receiver = QuicFact.Parse(await _client.ReadLineAsync());
        return (QuicFact.Parse(await _server.ReadLineAsync()), receiver);
    }

    public async Task ConnectAsync(int connections)
    {
        await _client!.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"connect {connections}"));
        await _client.ReadLineAsync();
    }

    /// <summary>What server and client hold, after a full collection.</summary>
    public async Task<(QuicMemory Server, QuicMemory Client)> RestAsync()
    {
        await _client!.WriteLineAsync("rest");
        var client = QuicMemory.Parse(await _client.ReadLineAsync());
        await _server.WriteLineAsync("rest");
        return (QuicMemory.Parse(await _server.ReadLineAsync()), client);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
        await _server.DisposeAsync();
    }

    private static ProcessStartInfo Program(LabNamespace? space, string verb, string address, CipherSuite suite)
    {
        var program = Path.ChangeExtension(typeof(QuicPeers).Assembly.Location, null);
        string[] arguments = [verb, address, suite.ToString()];
        return space is null
            ? new ProcessStartInfo(program, arguments)
            : new ProcessStartInfo("ip", ["netns", "exec", space.Name, program, .. arguments]);
    }
}
