using Toss.Testing.Interop;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>quic-go against itself, as <see cref="Ngtcp2PeerTests"/>.</summary>
[Trait("Tier", "interop")]
public sealed class GoPeerTests : IDisposable
{
    private readonly GoPeer _peers = new();

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Streams_and_datagrams_come_back_and_both_know_whose_key_it_is()
    {
        await using var server = await _peers.StartServerAsync([]);
        await using var client = _peers.StartClient(server.Address, streams: 5, bytes: 200_000, datagrams: 20, []);
        await client.Program.SucceedsAsync();
        await server.Program.LineAsync("the client's farewell", line => line == "closed code=42 remote=true");
        await server.EndAsync();

        Assert.Equal(await GoPeer.ValueAsync(client, "own-key"), await GoPeer.ValueAsync(server, "peer-key"));
        Assert.Equal(await GoPeer.ValueAsync(server, "own-key"), await GoPeer.ValueAsync(client, "peer-key"));
        Assert.Equal(GoPeer.Alpn, await GoPeer.ValueAsync(server, "alpn"));
        Assert.Equal(
            5,
            server.Program.Lines.Count(line => line.Contains(" bytes=200000 error=<nil>", StringComparison.Ordinal))
        );
        Assert.True(client.Facts.DatagramsSent >= 20 && client.Facts.DatagramsReceived >= 20);
        Assert.False(client.Facts.RetryReceived);
        Assert.Contains(
            "CLIENT_TRAFFIC_SECRET_0",
            await File.ReadAllTextAsync(client.KeyLogFile),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Retry_is_seen_by_the_client()
    {
        await using var server = await _peers.StartServerAsync(["-retry"]);
        await using var client = _peers.StartClient(server.Address, streams: 1, bytes: 1000, datagrams: 0, []);
        await client.Program.SucceedsAsync();

        Assert.True(client.Facts.RetryReceived);
        Assert.Equal(0, client.Facts.DatagramsSent);
    }

    [Fact]
    public async Task Another_protocol_is_refused()
    {
        await using var server = await _peers.StartServerAsync(["-alpn", "other/1"]);
        await using var client = _peers.StartClient(server.Address, streams: 1, bytes: 1, datagrams: 0, []);

        Assert.Equal(1, await client.Program.ExitAsync());
        // CRYPTO_ERROR with the alert no_application_protocol (RFC 9001 §8.1).
        Assert.Contains("no application protocol", client.Program.Tail(), StringComparison.Ordinal);
    }
}
