using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>Our endpoint and quic-go: a private protocol, raw streams, datagrams, mutual Ed25519 certificates.</summary>
[Trait("Tier", "interop")]
[InteropPeer("quic-go")]
public sealed class GoInteropTests(InteropTable table) : GoRows(table)
{
    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256")]
    public async Task Handshake_as_client(string suite)
    {
        var ended = await DialAsync([], static connection => Echo(connection), SuiteOf(suite));
        Assert.Equal(suite, await GoPeer.ValueAsync(ended.Peer, "suite"));
        Assert.Equal(GoPeer.Alpn, await GoPeer.ValueAsync(ended.Peer, "alpn"));
        Seen = "suite, ALPN, and each other's key";
    }

    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256")]
    public async Task Handshake_as_server(string suite)
    {
        var ended = await ServeAsync([], suite: SuiteOf(suite));
        Assert.Equal(suite, await GoPeer.ValueAsync(ended.Peer, "suite"));
        Assert.Equal(GoPeer.Alpn, await GoPeer.ValueAsync(ended.Peer, "alpn"));
        Assert.False(ended.Facts.RetryReceived || ended.Facts.VersionNegotiationReceived);
        Seen = "suite, ALPN, and each other's key";
    }

    [Fact]
    public async Task Retry_as_client()
    {
        var ended = await DialAsync(["-retry"], static connection => Echo(connection));
        Assert.Equal(1, ended.Connection.Counters.Retries);
        Seen = "1 Retry counted";
    }

    [Fact]
    public async Task Retry_as_server()
    {
        var ended = await ServeAsync(
            [],
            filter: (in IncomingInitial initial) => initial.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry
        );
        Assert.True(ended.Facts.RetryReceived);
        Assert.Equal((1, 1), (ended.Endpoint.Retries, ended.Endpoint.TokensAccepted));
        Seen = "Retry in the client's log, 1 token accepted";
    }

    /// <summary>The server knows no version of ours.</summary>
    [Fact]
    public async Task Version_negotiation_as_client()
    {
        await using var server = await Peers.StartServerAsync(["-versions", "draft-29"]);
        await using var ours = new OurPeer(server: null);
        var failure = await ours.FailToDialAsync(Options(), server.Address);
        Assert.Equal(QuicErrorReason.VersionUnsupported, failure.Reason);
        Seen = "the packet came: no version in common";
    }

    [Fact]
    public async Task Version_negotiation_as_server()
    {
        var ended = await ServeAsync(["-versions", "v2,v1"]);
        Assert.True(ended.Facts.VersionNegotiationReceived);
        Assert.Equal(1, ended.Endpoint.VersionNegotiations);
        Seen = "packet in the client's log, 1 sent";
    }

    [Fact]
    public async Task Certificate_refused_by_us_as_client()
    {
        await using var server = await Peers.StartServerAsync([]);
        await using var ours = new OurPeer(server: null);
        var failure = await ours.FailToDialAsync(Options(trusts: false), server.Address);
        Assert.Equal((QuicErrorReason.HandshakeFailed, 0x100 + 42), (failure.Reason, failure.Code));
        Assert.Contains(0x100 + 42, (await GoPeer.LoggedAsync(server)).CloseCodesReceived);
        Seen = "0x12a in the server's log";
    }

    [Fact]
    public async Task Certificate_refused_by_us_as_server()
    {
        await using var ours = new OurPeer(Options(trusts: false));
        await using var client = Peers.StartClient(ours.Local, streams: 1, bytes: 1, datagrams: 0, []);
        Assert.Equal(1, await client.Program.ExitAsync());
        Assert.Contains(client.Program.Lines, static line => line == "failed code=298 remote=true");
        Seen = "0x12a came to the client";
    }

    [Fact]
    public async Task Client_certificate_missing_as_client()
    {
        await using var server = await Peers.StartServerAsync([]);
        await using var ours = new OurPeer(server: null);
        // TLS 1.3: the client is done before the server has seen that there is none.
        var connection = await ours.DialAsync(Options(withCredential: false), server.Address);
        var end = await Watchdog.Within(connection.Closed, "the refusal");
        // Go says bad_certificate where RFC 8446 §4.4.2.4 has certificate_required.
        Assert.Equal((CloseCause.Peer, false, 0x100 + 42), (end.Cause, end.IsApplication, end.Code));
        Seen = "0x12a came";
    }

    [Fact]
    public async Task Another_protocol_as_client()
    {
        await using var server = await Peers.StartServerAsync(["-alpn", "other/1"]);
        await using var ours = new OurPeer(server: null);
        var failure = await ours.FailToDialAsync(Options(), server.Address);
        // no_application_protocol (RFC 9001 §8.1).
        Assert.Equal((QuicErrorReason.HandshakeFailed, 0x100 + 120), (failure.Reason, failure.Code));
        Seen = "0x178 came";
    }

    [Fact]
    public async Task Another_protocol_as_server()
    {
        await using var ours = new OurPeer(Options());
        await using var client = Peers.StartClient(ours.Local, 1, 1, 0, ["-alpn", "other/1"]);
        Assert.Equal(1, await client.Program.ExitAsync());
        Assert.Contains(client.Program.Lines, static line => line == "failed code=376 remote=true");
        Seen = "0x178 came to the client";
    }

    [Fact]
    public async Task Key_log_as_client()
    {
        var ended = await DialAsync([], static connection => Echo(connection));
        CheckKeyLog(ended.Peer);
    }

    [Fact]
    public async Task Key_log_as_server()
    {
        var ended = await ServeAsync([]);
        CheckKeyLog(ended.Peer);
    }

    /// <summary>Line by line: names, client random and secrets are what the other side has in its own.</summary>
    private void CheckKeyLog(InteropPeer peer)
    {
        Assert.Equal(4, KeyLog.Count);
        Assert.Equal(
            KeyLog.Order(StringComparer.Ordinal),
            File.ReadLines(peer.KeyLogFile).Order(StringComparer.Ordinal)
        );
        Seen = "4 lines, the same on both sides";
    }

    private static Task Echo(QuicConnection connection) => EchoApplication.StreamsAsync(connection, 1, 10_000);

    private static CipherSuite SuiteOf(string name) =>
        name switch
        {
            "TLS_AES_128_GCM_SHA256" => CipherSuite.Aes128GcmSha256,
            "TLS_AES_256_GCM_SHA384" => CipherSuite.Aes256GcmSha384,
            _ => CipherSuite.ChaCha20Poly1305Sha256,
        };
}
