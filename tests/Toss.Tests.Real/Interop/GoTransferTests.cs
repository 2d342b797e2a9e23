using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>Our endpoint and quic-go: what happens to a connection that lives.</summary>
[Trait("Tier", "interop")]
[InteropPeer("quic-go")]
public sealed class GoTransferTests(InteropTable table) : GoRows(table)
{
    /// <summary>quic-go begins a key update after so many packets: some in each direction of what is echoed here.</summary>
    private static readonly string[] updatingKeys = ["-update-keys", "100"];

    [Fact]
    public async Task Streams_as_client()
    {
        var ended = await DialAsync([], static connection => EchoApplication.StreamsAsync(connection, 5, 2_000_000));
        Assert.Equal(
            5,
            ended.Peer.Program.Lines.Count(line =>
                line.Contains(" bytes=2000000 error=<nil>", StringComparison.Ordinal)
            )
        );
        Seen = "10 MB there and back on 5 streams";
    }

    [Fact]
    public async Task Streams_as_server()
    {
        var ended = await ServeAsync([], streams: 5, bytes: 2_000_000);
        Assert.True(ended.Connection.Counters.BytesReceived > 10_000_000);
        Assert.True(ended.Connection.Counters.BytesSent > 10_000_000);
        Seen = "10 MB there and back on 5 streams";
    }

    [Fact]
    public async Task Datagrams_as_client()
    {
        var ended = await DialAsync([], static connection => EchoApplication.DatagramsAsync(connection, 50));
        CheckDatagrams(ended);
        Seen = "50 each way, counted by both";
    }

    [Fact]
    public async Task Datagrams_as_server()
    {
        var ended = await ServeAsync([], streams: 0, datagrams: 50);
        CheckDatagrams(ended);
        Seen = "50 each way, counted by both";
    }

    [Fact]
    public async Task Key_update_by_us_as_client()
    {
        var ended = await DialAsync(
            [],
            static async connection =>
            {
                connection.UpdateKeys();
                await EchoApplication.StreamsAsync(connection, 1, 300_000);
            }
        );
        CheckKeyUpdate(ended);
    }

    [Fact]
    public async Task Key_update_by_us_as_server()
    {
        var ended = await ServeAsync([], bytes: 300_000, before: static connection => connection.UpdateKeys());
        CheckKeyUpdate(ended);
    }

    [Fact]
    public async Task Key_update_by_the_server_as_client()
    {
        var ended = await DialAsync(
            updatingKeys,
            static connection => EchoApplication.StreamsAsync(connection, 1, 500_000)
        );
        CheckKeyUpdate(ended);
    }

    [Fact]
    public async Task Key_update_by_the_client_as_server()
    {
        var ended = await ServeAsync(updatingKeys, bytes: 500_000);
        CheckKeyUpdate(ended);
    }

    [Fact]
    public async Task Rebinding_of_the_client_as_server()
    {
        var ended = await ServeAsync(["-rebind"], bytes: 300_000, datagrams: 5);
        Assert.Equal(1, ended.Connection.Counters.Migrations);
        Assert.True(ended.Connection.Counters.PathsValidated > 0);
        Assert.True(ended.Facts.PathResponsesSent > 0, "the client's log has no answer to our challenge");
        Seen = "1 migration, challenge answered";
    }

    /// <summary>quic-go 0.29 forbids it (disable_active_migration), and would answer where we came from.</summary>
    [Fact]
    public async Task Migration_forbidden_by_the_server_as_client()
    {
        var ended = await DialAsync(
            [],
            static async connection =>
            {
                Assert.False(await connection.MigrateAsync(connection.Path with { Carrier = 1 }));
                await EchoApplication.StreamsAsync(connection, 1, 10_000);
            }
        );
        Assert.Equal((0, 0), (ended.Connection.Counters.Migrations, ended.Connection.Path.Carrier));
        Seen = "we stayed";
    }

    [Fact]
    public async Task Ecn_as_client()
    {
        var ended = await DialAsync([], static connection => EchoApplication.StreamsAsync(connection, 1, 300_000));
        CheckMarks(ended);
    }

    [Fact]
    public async Task Ecn_as_server()
    {
        var ended = await ServeAsync([], bytes: 300_000);
        CheckMarks(ended);
    }

    [Fact]
    public async Task Close_by_us_as_client()
    {
        // Something has to come back first: closed at once, the server would not be through with the handshake.
        var ended = await DialAsync(
            [],
            static connection => EchoApplication.StreamsAsync(connection, 1, 1000),
            code: 4711
        );
        Assert.Equal([4711], ended.Facts.ApplicationCodesReceived);
        Seen = "4711 in the server's log";
    }

    [Fact]
    public async Task Close_by_us_as_server()
    {
        await using var ours = new OurPeer(Options());
        await using var client = Peers.StartClient(ours.Local, streams: 1, bytes: 1000, datagrams: 0, []);
        var connection = await ours.AcceptAsync();
        await connection.CloseAsync(4711, "not today");
        Assert.Equal(1, await client.Program.ExitAsync());
        Assert.Contains(client.Program.Lines, static line => line == "closed code=4711 remote=true");
        Seen = "4711 came to the client";
    }

    [Fact]
    public async Task Close_by_the_server_as_client()
    {
        await using var server = await Peers.StartServerAsync(["-refuse"]);
        await using var ours = new OurPeer(server: null);
        var connection = await ours.DialAsync(Options(), server.Address);
        var stream = await connection.OpenStreamAsync();
        await stream.WriteAsync(new byte[1]);
        var end = await Watchdog.Within(connection.Closed, "the server's refusal");
        Assert.Equal((CloseCause.Peer, true, 42), (end.Cause, end.IsApplication, end.Code));
        Assert.Equal("refused", end.Text);
        Seen = "42 and its reason came";
    }

    [Fact]
    public async Task Close_by_the_client_as_server()
    {
        var ended = await ServeAsync(["-close", "4711"]);
        Assert.Equal((CloseCause.Peer, true, 4711), (ended.End.Cause, ended.End.IsApplication, ended.End.Code));
        Assert.Equal("done", ended.End.Text);
        Seen = "4711 and its reason came";
    }

    private static void CheckDatagrams(Ended ended)
    {
        var counters = ended.Connection.Counters;
        Assert.Equal((50, 50), (counters.DatagramFramesSent, counters.DatagramFramesReceived));
        Assert.Equal((50, 50), (ended.Facts.DatagramsSent, ended.Facts.DatagramsReceived));
    }

    private void CheckKeyUpdate(Ended ended)
    {
        Assert.True(ended.Connection.KeyGeneration > 0);
        Assert.Equal([0, 1], ended.Facts.KeyPhasesReceived);
        Assert.Equal([0, 1], ended.Facts.KeyPhasesSent);
        Seen = "both phases sent and received";
    }

    /// <summary>quic-go 0.29 counts marks and sends none.</summary>
    private void CheckMarks(Ended ended)
    {
        Assert.True(ended.Facts.MarksReported > 0, "the peer's log has no mark of ours");
        Assert.True(ended.Connection.Counters.EcnReports > 0, "no ACK told of our marks");
        Seen = "our marks, told back";
    }
}
