using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Testing.Interop;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>Our endpoint and ngtcp2's programs. A row is green only if what it names happened on the wire.</summary>
[Trait("Tier", "interop")]
public sealed class Ngtcp2InteropTests : IDisposable
{
    private readonly Ngtcp2 _peers = new();
    private IReadOnlyList<string> _said = [];
    private byte[] _document = new byte[50_000];

    public Ngtcp2InteropTests()
    {
        new Random(2).NextBytes(_document);
        _peers.Serve("document", _document);
    }

    public void Dispose() => _peers.Dispose();

    [Theory]
    [InlineData("AES-128-GCM")]
    [InlineData("AES-256-GCM")]
    [InlineData("CHACHA20-POLY1305")]
    public async Task Handshake_as_client(string suite)
    {
        var (connection, facts) = await FetchAsync([Ngtcp2.OnlySuite(suite)]);
        Assert.Equal(suite, facts.CipherSuite);
        Assert.Equal(0, connection.Counters.Retries);
    }

    [Fact]
    public async Task Retry_as_client()
    {
        var (connection, facts) = await FetchAsync(["-V"]);
        Assert.Equal(1, connection.Counters.Retries);
        Assert.True(facts.TokenValidated);
    }

    [Fact]
    public async Task Client_certificate_as_client()
    {
        await FetchAsync(["--verify-client"]);
        var application = new Http3Application(null);
        await using var host = new QuicHost(new EndpointOptions { Key = new byte[32] }, application.Drive);
        await using var server = await _peers.StartServerAsync(["--verify-client"]);
        await host.DialAsync(Options(isClient: true, withCredential: false), server.Address);
        await host.UntilAsync("the refusal", application.Saw<ConnectionEvent.Closed>);
        var closed = application.Events.OfType<ConnectionEvent.Closed>().Single().Reason;
        Assert.Equal((CloseCause.Peer, 0x100 + 116), (closed.Cause, closed.Code));
    }

    [Theory]
    [InlineData("AES-128-GCM")]
    [InlineData("AES-256-GCM")]
    [InlineData("CHACHA20-POLY1305")]
    public async Task Handshake_as_server(string suite)
    {
        var (facts, endpoint, _) = await ServeAsync([Ngtcp2.OnlySuite(suite)]);
        Assert.Equal((suite, "h3"), (facts.CipherSuite, facts.Alpn));
        Assert.Equal((0, 0), (endpoint.Retries, endpoint.VersionNegotiations));
    }

    [Fact]
    public async Task Retry_as_server()
    {
        var (facts, endpoint, _) = await ServeAsync(
            [],
            (in IncomingInitial initial) => initial.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry
        );
        Assert.True(facts.RetryReceived);
        Assert.Equal((1, 1), (endpoint.Retries, endpoint.TokensAccepted));
    }

    [Fact]
    public async Task Version_negotiation_as_server()
    {
        var (facts, endpoint, _) = await ServeAsync(["--version=0x1a2a3a4a", "--preferred-versions=v1"]);
        Assert.True(facts.VersionNegotiationReceived);
        Assert.Equal(1, endpoint.VersionNegotiations);
    }

    [Fact]
    public async Task Key_update_by_the_client_as_server()
    {
        var (facts, _, connection) = await ServeAsync(["--key-update=50ms", "--delay-stream=200ms"]);
        Assert.Equal([0, 1], facts.KeyPhasesSent);
        Assert.Equal([0, 1], facts.KeyPhasesReceived);
        Assert.True(connection.KeyGeneration > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Migration_and_rebinding_of_the_client_as_server(bool isRebinding)
    {
        string[] rebinding = isRebinding ? ["--nat-rebinding"] : [];
        var (facts, _, connection) = await ServeAsync([
            "--change-local-addr=50ms",
            "--delay-stream=300ms",
            .. rebinding,
        ]);
        // Rebound, it knows of nothing: it is ours to challenge the new address.
        Assert.True(isRebinding || facts.PathsValidated > 0);
        Assert.True(facts.PathResponsesSent > 0);
        Assert.Equal(1, connection.Counters.Migrations);
        Assert.True(connection.Counters.PathsValidated > 0);
    }

    [Fact]
    public async Task Key_update_by_us_as_client()
    {
        var (connection, facts) = await FetchAsync([], static (connection, _) => connection.UpdateKeys());
        Assert.Equal(1, connection.KeyGeneration);
        Assert.Equal([0, 1], facts.KeyPhasesReceived);
        Assert.Equal([0, 1], facts.KeyPhasesSent);
    }

    [Fact]
    public async Task Migration_by_us_as_client()
    {
        var (connection, facts) = await FetchAsync(
            [],
            static (connection, now) => Assert.True(connection.TryMigrate(connection.Path with { Carrier = 1 }, now))
        );
        Assert.Equal((1, 1), (connection.Counters.Migrations, connection.Path.Carrier));
        Assert.Equal(2, facts.RemoteEndpoints.Count);
        Assert.True(facts.PathsValidated > 0 && facts.PathResponsesReceived > 0);
    }

    [Theory]
    [InlineData("-t")]
    [InlineData("-r")]
    public async Task Loss_of_a_tenth_as_client(string direction)
    {
        Grow(1_000_000);
        var (_, facts) = await FetchAsync([direction, "0.1", Ngtcp2.PacketByPacket]);
        Assert.True(direction == "-r" || facts.PacketsLost > 0);
        Assert.Contains(_said, line => line.Contains(Simulated(direction), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-t")]
    [InlineData("-r")]
    public async Task Loss_of_a_tenth_as_server(string direction)
    {
        Grow(1_000_000);
        var (_, _, connection) = await ServeAsync([direction, "0.1"]);
        // Each byte of the document that was lost went twice.
        Assert.True(direction == "-t" || connection.Counters.BytesSent > _document.Length * 1.08);
        Assert.Contains(_said, line => line.Contains(Simulated(direction), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ten_megabytes_as_client()
    {
        Grow(10_000_000);
        var (connection, _) = await FetchAsync([]);
        Assert.True(connection.Counters.BytesReceived > _document.Length);
    }

    [Fact]
    public async Task Ten_megabytes_as_server()
    {
        Grow(10_000_000);
        var (_, _, connection) = await ServeAsync([]);
        Assert.True(connection.Counters.BytesSent > _document.Length);
    }

    private static string Simulated(string direction) =>
        $"Simulated {(direction == "-t" ? "outgoing" : "incoming")} packet loss";

    private void Grow(int length)
    {
        _document = new byte[length];
        new Random(3).NextBytes(_document);
        _peers.Serve("document", _document);
    }

    private async Task<(Connection Connection, WireFacts Facts)> FetchAsync(
        IReadOnlyList<string> options,
        Action<Connection, Instant>? beforeRequest = null
    )
    {
        var application = new Http3Application(null) { Holds = beforeRequest is not null };
        await using var server = await _peers.StartServerAsync(options);
        await using var host = new QuicHost(new EndpointOptions { Key = new byte[32] }, application.Drive, sockets: 2);
        var connection = await host.DialAsync(Options(isClient: true), server.Address);
        if (beforeRequest is not null)
        {
            await host.UntilAsync("the handshake", () => connection.IsConfirmed);
            await host.OnLoopAsync(() =>
            {
                beforeRequest(connection, LoopClock.Now);
                application.Holds = false;
                host.Endpoint.Touch(connection);
                return true;
            });
        }
        await host.UntilAsync("the document", () => application.Response is not null && connection.IsConfirmed);
        Assert.Equal(_document, application.Body);
        await server.EndAsync();
        _said = server.Program.Lines;
        return (connection, server.Facts);
    }

    private async Task<(WireFacts Facts, EndpointCounters Endpoint, Connection Connection)> ServeAsync(
        IReadOnlyList<string> options,
        AcceptFilter? filter = null
    )
    {
        var application = new Http3Application(_document);
        var endpoint = new EndpointOptions
        {
            Key = new byte[32],
            Filter = filter,
            Server = Options(isClient: false),
        };
        await using var host = new QuicHost(endpoint, application.Drive);
        string[] key = ["--key=" + _peers.Key, "--cert=" + _peers.Certificate];
        await using var client = _peers.StartClient(host.Local(), "document", [.. key, .. options]);
        Assert.Equal(0, await client.Program.ExitAsync());
        Assert.Equal(_document, _peers.Downloaded("document"));
        _said = client.Program.Lines;
        return (client.Facts, host.Endpoint.Counters, Assert.Single(host.Accepted));
    }

    private ConnectionOptions Options(bool isClient, bool withCredential = true)
    {
        var key = new Ed25519PrivateKeyParameters(Der(_peers.Key).AsSpan()[^32..]);
        var own = TlsCredential.X509(
            key.GeneratePublicKey().GetEncoded(),
            Der(_peers.Certificate),
            TlsCredential.SignWith(key)
        );
        return new ConnectionOptions
        {
            Tls = new TlsOptions
            {
                Random = null!, // the connection's
                Protocols = ["h3"],
                Form = CredentialForm.X509,
                Credential = withCredential ? own : null,
                CheckPeer = peer => peer.PublicKey.AsSpan().SequenceEqual(own.PublicKey),
            },
        };
    }

    private static byte[] Der(string pem)
    {
        var text = File.ReadAllText(pem);
        return Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]);
    }
}
