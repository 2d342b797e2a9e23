using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>Our endpoint and ngtcp2's programs: handshakes, and how they fail.</summary>
[Trait("Tier", "interop")]
[InteropPeer("ngtcp2")]
public sealed class Ngtcp2InteropTests(InteropTable table) : Ngtcp2Rows(table)
{
    [Theory]
    [InlineData("AES-128-GCM")]
    [InlineData("AES-256-GCM")]
    [InlineData("CHACHA20-POLY1305")]
    public async Task Handshake_as_client(string suite)
    {
        var (connection, facts, _) = await FetchAsync([Ngtcp2.OnlySuite(suite)]);
        Assert.Equal(suite, facts.CipherSuite);
        Assert.Equal((0, "h3"), (connection.Counters.Retries, connection.Protocol));
        Seen = "suite in the server's log";
    }

    [Theory]
    [InlineData("AES-128-GCM")]
    [InlineData("AES-256-GCM")]
    [InlineData("CHACHA20-POLY1305")]
    public async Task Handshake_as_server(string suite)
    {
        var served = await ServeAsync([Ngtcp2.OnlySuite(suite)]);
        Assert.Equal((suite, "h3"), (served.Facts.CipherSuite, served.Facts.Alpn));
        Assert.Equal((0, 0), (served.Endpoint.Retries, served.Endpoint.VersionNegotiations));
        Seen = "suite in the client's log";
    }

    [Fact]
    public async Task Retry_as_client()
    {
        var (connection, facts, _) = await FetchAsync(["-V"]);
        Assert.Equal(1, connection.Counters.Retries);
        Assert.True(facts.TokenValidated);
        Seen = "1 Retry counted, token validated";
    }

    [Fact]
    public async Task Retry_as_server()
    {
        var served = await ServeAsync(
            [],
            (in IncomingInitial initial) => initial.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry
        );
        Assert.True(served.Facts.RetryReceived);
        Assert.Equal((1, 1), (served.Endpoint.Retries, served.Endpoint.TokensAccepted));
        Seen = "Retry in the client's log, 1 token accepted";
    }

    [Fact]
    public async Task Version_negotiation_as_server()
    {
        var served = await ServeAsync(["--version=0x1a2a3a4a", "--preferred-versions=v1"]);
        Assert.True(served.Facts.VersionNegotiationReceived);
        Assert.Equal(1, served.Endpoint.VersionNegotiations);
        Seen = "packet in the client's log, 1 sent";
    }

    /// <summary>
    /// gtlsserver always takes version 1, so somebody on the way has to ask for another one. What comes back offers the
    /// version that we asked for: it is not to be believed (RFC 9000 §6.2).
    /// </summary>
    [Fact]
    public async Task Version_negotiation_that_somebody_provoked_as_client()
    {
        await using var server = await Peers.StartServerAsync([]);
        await using var relay = new UdpRelay(
            server.Address,
            static (number, datagram) =>
            {
                if (number == 0)
                {
                    new byte[] { 0x1a, 0x2a, 0x3a, 0x4a }.CopyTo(datagram[1..]);
                }
            }
        );
        await using var ours = new OurPeer(server: null);
        var connection = await ours.DialAsync(Options(), relay.Address);
        Assert.Equal(Peers.Document, await Http3Application.FetchAsync(connection));
        Assert.Equal(1, relay.VersionNegotiations);
        Assert.True(connection.Counters.PacketsDropped > 0, "the packet was not dropped");
        Assert.True(connection.Counters.Probes > 0, "nothing was lost");
        Seen = "1 packet came, dropped; version 1 all the same";
    }

    [Fact]
    public async Task Client_certificate_as_client()
    {
        await FetchAsync(["--verify-client"]);
        await using var ours = new OurPeer(server: null);
        await using var server = await Peers.StartServerAsync(["--verify-client"]);
        // TLS 1.3: the client is done before the server has seen that there is none.
        var connection = await ours.DialAsync(Options(withCredential: false), server.Address);
        var end = await Watchdog.Within(connection.Closed, "the refusal");
        Assert.Equal((CloseCause.Peer, false, 0x100 + 116), (end.Cause, end.IsApplication, end.Code));
        Seen = "taken; 0x174 came where there was none";
    }

    [Fact]
    public async Task Client_certificate_as_server()
    {
        await ServeAsync([]);
        await using var ours = new OurPeer(Options());
        await using var client = Peers.StartClient(ours.Local, []);
        _ = await client.Program.ExitAsync();
        Assert.Contains(0x100 + 116, client.Facts.CloseCodesReceived);
        Seen = "taken; 0x174 in the client's log where there was none";
    }

    [Fact]
    public async Task Certificate_refused_by_us_as_client()
    {
        await using var server = await Peers.StartServerAsync([]);
        await using var ours = new OurPeer(server: null);
        var failure = await ours.FailToDialAsync(Options(trusts: false), server.Address);
        Assert.Equal((QuicErrorReason.HandshakeFailed, 0x100 + 42), (failure.Reason, failure.Code));
        await ours.DisposeAsync();
        await server.EndAsync();
        Assert.Contains(0x100 + 42, server.Facts.CloseCodesReceived);
        Seen = "0x12a in the server's log";
    }

    [Fact]
    public async Task Certificate_refused_by_us_as_server()
    {
        await using var ours = new OurPeer(Options());
        await using var client = Peers.StartClient(ours.Local, Ngtcp2.Showing(Peers.Stranger()));
        _ = await client.Program.ExitAsync();
        Assert.Contains(0x100 + 42, client.Facts.CloseCodesReceived);
        Assert.Empty(Peers.Downloaded);
        Seen = "0x12a in the client's log";
    }

    [Fact]
    public async Task Session_tickets_not_taken_as_client()
    {
        var first = await FetchAsync([]);
        Assert.True(first.Facts.TicketsSent > 0, "the server gave no ticket");
        Assert.Equal(CloseCause.Local, (await first.Connection.Closed).Cause);
        Seen = "tickets in the server's log; the document came";
    }

    [Fact]
    public async Task Session_not_given_as_server()
    {
        await ServeAsync(Peers.Remembering);
        Assert.False(Peers.IsRemembered);
        var again = await ServeAsync(Peers.Remembering);
        Assert.Equal(0, again.Facts.EarlyPacketsSent);
        Seen = "the client kept no session";
    }

    /// <summary>The client comes with the session of another server, and sends its request in 0-RTT.</summary>
    [Fact]
    public async Task Early_data_refused_as_server()
    {
        await using (var other = await Peers.StartServerAsync([]))
        {
            await using var client = Peers.StartClient(other.Address, Peers.Remembering);
            await client.Program.SucceedsAsync();
        }
        Assert.True(Peers.IsRemembered, "no session to come with");

        var served = await ServeAsync(Peers.Remembering);
        Assert.True(served.Facts.EarlyPacketsSent > 0, "nothing was sent in 0-RTT");
        Assert.True(served.Facts.EarlyDataRejected);
        Assert.True(served.Connection.Counters.PacketsDropped > 0);
        Seen = "0-RTT sent, rejected, said again";
    }
}
