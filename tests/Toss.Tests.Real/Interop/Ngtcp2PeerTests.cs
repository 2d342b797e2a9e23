using System.Net;
using Toss.Testing.Interop;
using Toss.Testing.Net;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>
/// ngtcp2 against itself: that the peer does what our own tests ask of it, and that its log shows when it did and when it
/// did not.
/// </summary>
[Trait("Tier", "interop")]
public sealed class Ngtcp2PeerTests : IDisposable
{
    private readonly Ngtcp2 _peers = new();

    public void Dispose() => _peers.Dispose();

    [Theory]
    [InlineData("AES-128-GCM")]
    [InlineData("AES-256-GCM")]
    [InlineData("CHACHA20-POLY1305")]
    public async Task Each_suite_carries_a_document_and_nothing_else_happens(string suite)
    {
        var (client, server) = await FetchAsync([], [Ngtcp2.OnlySuite(suite)]);

        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.Equal((suite, "h3"), (client.CipherSuite, client.Alpn));
        Assert.False(client.RetryReceived || client.VersionNegotiationReceived || server.TokenValidated);
        Assert.Equal([0], client.KeyPhasesSent);
        Assert.Equal([0], server.KeyPhasesReceived);
        Assert.Equal((0, 0), (client.PathsValidated, server.PathsValidated));
        Assert.Single(server.RemoteEndpoints);
        Assert.Empty(client.CloseCodesReceived);
    }

    [Fact]
    public async Task Retry_is_seen_by_both()
    {
        var (client, server) = await FetchAsync(["-V"], []);

        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.True(client.RetryReceived);
        Assert.True(server.TokenValidated);
    }

    [Fact]
    public async Task Version_negotiation_is_seen()
    {
        var (client, _) = await FetchAsync([], ["--version=0x1a2a3a4a", "--preferred-versions=v1"]);

        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.True(client.VersionNegotiationReceived);
    }

    [Fact]
    public async Task A_client_certificate_is_demanded()
    {
        var (refused, _) = await FetchAsync(["--verify-client"], []);
        // It makes the file before it asks.
        Assert.Empty(_peers.Downloaded);
        // CRYPTO_ERROR with the alert certificate_required (RFC 9001 §4.8, RFC 8446 §6).
        Assert.Contains(0x100 + 116, refused.CloseCodesReceived);

        var (client, _) = await FetchAsync(
            ["--verify-client"],
            [$"--key={_peers.Own.Key}", $"--cert={_peers.Own.Certificate}"]
        );
        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.Empty(client.CloseCodesReceived);
    }

    [Fact]
    public async Task A_key_update_changes_the_phase_on_both_sides()
    {
        var (client, server) = await FetchAsync([], ["--key-update=50ms", "--delay-stream=200ms"]);

        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.Contains(1, client.KeyPhasesSent);
        Assert.Contains(1, client.KeyPhasesReceived);
        Assert.Contains(1, server.KeyPhasesReceived);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_address_is_validated(bool rebinding)
    {
        string[] options = ["--change-local-addr=50ms", "--delay-stream=300ms"];
        var (client, server) = await FetchAsync([], rebinding ? [.. options, "--nat-rebinding"] : options);

        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.Equal(2, server.RemoteEndpoints.Count);
        Assert.True(server.PathResponsesReceived > 0, "the server did not challenge the new address");
        // Who migrates by intention challenges as well; who does not know that it was rebound cannot.
        Assert.Equal(!rebinding, client.PathsValidated > 0);
    }

    [Fact]
    public async Task Loss_is_seen_and_made_good()
    {
        _peers.Serve(400_000);

        var (_, server) = await FetchAsync(["-t", "0.1", Ngtcp2.PacketByPacket], []);

        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.True(server.PacketsLost > 0, "nothing was lost");
    }

    /// <summary>Peers in namespaces, with a link between them whose loss is seeded: what our own programs run over.</summary>
    [Fact]
    public async Task Peers_talk_over_a_link_between_namespaces()
    {
        using var left = Namespaces.Create("left");
        using var right = Namespaces.Create("right");
        var rough = new TapImpairment { Delay = TimeSpan.FromMilliseconds(10), Loss = 0.02 };
        using var link = TapLink.Between(left, right, 1, rough, seed: 3);
        await using var server = await _peers.StartServerAsync(
            ["--cc=bbr"],
            new IPEndPoint(link.B.V4, 4433),
            link.B.Space
        );
        await using var client = _peers.StartClient(server.Address, [], link.A.Space);
        await client.Program.SucceedsAsync();
        await server.EndAsync();

        Assert.Equal(_peers.Document, _peers.Downloaded);
        Assert.StartsWith($"[{link.A.V4}]:", Assert.Single(server.Facts.RemoteEndpoints), StringComparison.Ordinal);
        Assert.True(link.FromB.Entered > _peers.Document.Length / 1500, $"{link.FromB}");
    }

    [Fact]
    public async Task The_key_log_holds_the_secrets_of_a_connection()
    {
        await using var server = await _peers.StartServerAsync([]);
        await using var client = _peers.StartClient(server.Address, []);
        await client.Program.SucceedsAsync();

        var labels = File.ReadLines(client.KeyLogFile).Select(line => line.Split(' ')[0]).ToList();
        Assert.Contains("CLIENT_TRAFFIC_SECRET_0", labels);
        Assert.Contains("SERVER_HANDSHAKE_TRAFFIC_SECRET", labels);
    }

    private async Task<(WireFacts Client, WireFacts Server)> FetchAsync(string[] serverOptions, string[] clientOptions)
    {
        await using var server = await _peers.StartServerAsync(serverOptions);
        await using var client = _peers.StartClient(server.Address, clientOptions);
        await client.Program.SucceedsAsync();
        await server.EndAsync();
        return (client.Facts, server.Facts);
    }
}
