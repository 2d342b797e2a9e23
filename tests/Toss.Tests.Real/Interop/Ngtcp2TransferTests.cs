using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>Our endpoint and ngtcp2's programs: what happens to a connection that lives.</summary>
[Trait("Tier", "interop")]
[InteropPeer("ngtcp2")]
public sealed class Ngtcp2TransferTests(InteropTable table) : Ngtcp2Rows(table)
{
    [Fact]
    public async Task Key_update_by_the_client_as_server()
    {
        var served = await ServeAsync(["--key-update=50ms", "--delay-stream=200ms"]);
        Assert.Equal([0, 1], served.Facts.KeyPhasesSent);
        Assert.Equal([0, 1], served.Facts.KeyPhasesReceived);
        Assert.True(served.Connection.KeyGeneration > 0);
        Seen = "both phases sent and received";
    }

    [Fact]
    public async Task Key_update_by_us_as_client()
    {
        var (connection, facts, _) = await FetchAsync([], UpdateKeysAsync);
        Assert.Equal(1, connection.KeyGeneration);
        Assert.Equal([0, 1], facts.KeyPhasesReceived);
        Assert.Equal([0, 1], facts.KeyPhasesSent);
        Seen = "both phases sent and received";
    }

    [Fact]
    public async Task Key_update_by_us_as_server()
    {
        // More than one packet comes back after the request.
        var served = await ServeAsync([], before: static connection => connection.UpdateKeys());
        Assert.Equal(1, served.Connection.KeyGeneration);
        Assert.Equal([0, 1], served.Facts.KeyPhasesReceived);
        Assert.Equal([0, 1], served.Facts.KeyPhasesSent);
        Seen = "both phases sent and received";
    }

    [Theory]
    [InlineData("migration")]
    [InlineData("rebinding")]
    public async Task New_address_of_the_client_as_server(string kind)
    {
        var isRebinding = kind == "rebinding";
        string[] rebinding = isRebinding ? ["--nat-rebinding"] : [];
        // Long after the handshake and long before the request, also where the machine stalls for a moment.
        var served = await ServeAsync(["--change-local-addr=200ms", "--delay-stream=600ms", .. rebinding]);
        // Rebound, it knows of nothing: it is ours to challenge the new address.
        Assert.True(isRebinding || served.Facts.PathsValidated > 0);
        Assert.True(served.Facts.PathResponsesSent > 0);
        Assert.Equal(1, served.Connection.Counters.Migrations);
        Assert.True(served.Connection.Counters.PathsValidated > 0);
        Seen = "1 migration, validated by us";
    }

    [Fact]
    public async Task Migration_by_us_as_client()
    {
        var (connection, facts, _) = await FetchAsync(
            [],
            static async connection => Assert.True(await connection.MigrateAsync(connection.Path with { Carrier = 1 }))
        );
        Assert.Equal((1, 1), (connection.Counters.Migrations, connection.Path.Carrier));
        Assert.Equal(2, facts.RemoteEndpoints.Count);
        Assert.True(facts.PathsValidated > 0 && facts.PathResponsesReceived > 0);
        Seen = "2 endpoints in the server's log, path validated";
    }

    [Fact]
    public async Task Rebinding_of_us_as_client()
    {
        await using var server = await Peers.StartServerAsync([]);
        await using var relay = new UdpRelay(server.Address);
        await using var ours = new OurPeer(server: null);
        var connection = await ours.DialAsync(Options(), relay.Address);
        Assert.Equal(Peers.Document, await Http3Application.FetchAsync(connection));
        relay.Rebind();
        Assert.Equal(Peers.Document, await Http3Application.FetchAsync(connection, isFirst: false));
        await ours.DisposeAsync();
        await server.EndAsync();
        Assert.Equal(2, server.Facts.RemoteEndpoints.Count);
        Assert.True(server.Facts.PathResponsesReceived > 0, "we did not answer the server's challenge");
        Assert.Equal(0, connection.Counters.Migrations);
        Seen = "2 endpoints in the server's log, challenge answered";
    }

    [Theory]
    [InlineData("-t")]
    [InlineData("-r")]
    public async Task Loss_of_a_tenth_as_client(string direction)
    {
        Peers.Serve(1_000_000);
        var (_, facts, said) = await FetchAsync([direction, "0.1", Ngtcp2.PacketByPacket]);
        Assert.True(direction == "-r" || facts.PacketsLost > 0);
        Assert.Contains(said, line => line.Contains(Simulated(direction), StringComparison.Ordinal));
        Seen = "losses in the server's log";
    }

    [Theory]
    [InlineData("-t")]
    [InlineData("-r")]
    public async Task Loss_of_a_tenth_as_server(string direction)
    {
        Peers.Serve(1_000_000);
        var served = await ServeAsync([direction, "0.1"], mayVanish: true);
        // Each byte of the document that was lost went twice.
        Assert.True(direction == "-t" || served.Connection.Counters.BytesSent > Peers.Document.Length * 1.08);
        Assert.Contains(served.Said, line => line.Contains(Simulated(direction), StringComparison.Ordinal));
        Seen = "losses in the client's log";
    }

    [Fact]
    public async Task Ten_megabytes_as_client()
    {
        Peers.Serve(10_000_000);
        var (connection, _, _) = await FetchAsync([]);
        Assert.True(connection.Counters.BytesReceived > Peers.Document.Length);
        Seen = "the same bytes";
    }

    [Fact]
    public async Task Ten_megabytes_as_server()
    {
        Peers.Serve(10_000_000);
        var served = await ServeAsync([]);
        Assert.True(served.Connection.Counters.BytesSent > Peers.Document.Length);
        Seen = "the same bytes";
    }

    [Fact]
    public async Task Ecn_as_client()
    {
        var (connection, facts, _) = await FetchAsync([]);
        Seen = Marks(connection, facts);
    }

    [Fact]
    public async Task Ecn_as_server()
    {
        var served = await ServeAsync([]);
        Seen = Marks(served.Connection, served.Facts);
    }

    [Fact]
    public async Task Close_by_us_as_client()
    {
        await using var server = await Peers.StartServerAsync([]);
        await using var ours = new OurPeer(server: null);
        var connection = await ours.DialAsync(Options(), server.Address);
        // First, so that the server is through with the handshake, in which codes of applications are not told.
        _ = await Http3Application.FetchAsync(connection);
        await connection.CloseAsync(0x1234, "enough");
        await ours.DisposeAsync();
        await server.EndAsync();
        Assert.Equal([0x1234], server.Facts.ApplicationCodesReceived);
        Seen = "0x1234 in the server's log";
    }

    [Fact]
    public async Task Close_by_us_as_server()
    {
        await using var ours = new OurPeer(Options());
        await using var client = Peers.StartClient(ours.Local, Ngtcp2.Showing(Peers.Own));
        var connection = await ours.AcceptAsync();
        await connection.CloseAsync(0x1234, "not today");
        _ = await client.Program.ExitAsync();
        Assert.Equal([0x1234], client.Facts.ApplicationCodesReceived);
        Seen = "0x1234 in the client's log";
    }

    [Fact]
    public async Task Close_by_the_client_as_server()
    {
        var served = await ServeAsync([]);
        // H3_NO_ERROR (RFC 9114 §8.1).
        Assert.Equal((CloseCause.Peer, true, 0x100), (served.End.Cause, served.End.IsApplication, served.End.Code));
        Seen = "0x100 came";
    }

    /// <summary>A request must not begin with a DATA frame: H3_FRAME_UNEXPECTED (RFC 9114 §4.1, §8.1).</summary>
    [Fact]
    public async Task Close_by_the_server_as_client()
    {
        await using var server = await Peers.StartServerAsync([]);
        await using var ours = new OurPeer(server: null);
        var connection = await ours.DialAsync(Options(), server.Address);
        var stream = await connection.OpenStreamAsync();
        await stream.WriteAsync(new byte[] { 0, 1, 0 });
        var end = await Watchdog.Within(connection.Closed, "the server's refusal");
        Assert.Equal((CloseCause.Peer, true, 0x105), (end.Cause, end.IsApplication, end.Code));
        Seen = "0x105 came";
    }

    private static async Task UpdateKeysAsync(QuicConnection connection)
    {
        connection.UpdateKeys();
        // Not before the handshake is confirmed (RFC 9001 §6.1).
        while (await connection.ReadEventAsync() is not ConnectionEvent.Confirmed) { }
    }

    /// <summary>Each side marked, and each told the other how many marks it saw.</summary>
    private static string Marks(QuicConnection connection, WireFacts facts)
    {
        var counters = connection.Counters;
        Assert.True(counters.EcnReports > 0, "no ACK told of our marks");
        Assert.True(counters.MarkedReceived > 0, "no mark of the peer came");
        Assert.True(facts.MarksReported > 0, "the peer's log has no mark of ours");
        return "marks both ways, told both ways";
    }

    private static string Simulated(string direction) =>
        $"Simulated {(direction == "-t" ? "outgoing" : "incoming")} packet loss";
}
