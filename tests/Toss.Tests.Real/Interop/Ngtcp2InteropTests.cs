using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Toss.Quic.Tls;
using Toss.Testing.Interop;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>Our endpoint and ngtcp2's programs. A row is green only if what it names happened on the wire.</summary>
[Trait("Tier", "interop")]
public sealed class Ngtcp2InteropTests : IDisposable
{
    private readonly Ngtcp2 _peers = new();
    private readonly byte[] _document = new byte[50_000];

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
        var (facts, endpoint) = await ServeAsync([Ngtcp2.OnlySuite(suite)]);
        Assert.Equal((suite, "h3"), (facts.CipherSuite, facts.Alpn));
        Assert.Equal((0, 0), (endpoint.Retries, endpoint.VersionNegotiations));
    }

    [Fact]
    public async Task Retry_as_server()
    {
        var (facts, endpoint) = await ServeAsync(
            [],
            (in IncomingInitial initial) => initial.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry
        );
        Assert.True(facts.RetryReceived);
        Assert.Equal((1, 1), (endpoint.Retries, endpoint.TokensAccepted));
    }

    [Fact]
    public async Task Version_negotiation_as_server()
    {
        var (facts, endpoint) = await ServeAsync(["--version=0x1a2a3a4a", "--preferred-versions=v1"]);
        Assert.True(facts.VersionNegotiationReceived);
        Assert.Equal(1, endpoint.VersionNegotiations);
    }

    [Fact]
    public async Task Key_update_by_the_client_as_server()
    {
        var (facts, _) = await ServeAsync(["--key-update=50ms", "--delay-stream=200ms"]);
        Assert.Equal([0, 1], facts.KeyPhasesSent);
        Assert.Equal([0, 1], facts.KeyPhasesReceived);
    }

    [Fact]
    public async Task Migration_of_the_client_as_server()
    {
        var (facts, _) = await ServeAsync(["--change-local-addr=50ms", "--delay-stream=300ms"]);
        Assert.True(facts.PathsValidated > 0 && facts.PathResponsesReceived > 0);
    }

    private async Task<(Connection Connection, WireFacts Facts)> FetchAsync(IReadOnlyList<string> options)
    {
        var application = new Http3Application(null);
        await using var server = await _peers.StartServerAsync(options);
        await using var host = new QuicHost(new EndpointOptions { Key = new byte[32] }, application.Drive);
        var connection = await host.DialAsync(Options(isClient: true), server.Address);
        await host.UntilAsync("the document", () => application.Response is not null && connection.IsConfirmed);
        Assert.Equal(_document, application.Body);
        await server.EndAsync();
        return (connection, server.Facts);
    }

    private async Task<(WireFacts Facts, EndpointCounters Endpoint)> ServeAsync(
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
        return (client.Facts, host.Endpoint.Counters);
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
