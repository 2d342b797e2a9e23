using System.Net;
using System.Security.Cryptography;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Platform;

namespace Toss.Tests.Real.Interop;

/// <summary>Our endpoint on sockets of loopback, as anybody would run it; each wait has a watchdog.</summary>
internal sealed class OurPeer : IAsyncDisposable
{
    private readonly QuicEndpoint _endpoint;
    private readonly UdpQuicDriver _driver;

    /// <param name="server">For connections that peers begin; null takes none.</param>
    /// <param name="sockets">How many; their numbers are the carriers.</param>
    public OurPeer(ConnectionOptions? server, AcceptFilter? filter = null, int sockets = 1)
    {
        var options = new EndpointOptions
        {
            Key = new byte[32],
            Server = server,
            Filter = filter,
        };
        _endpoint = new QuicEndpoint(options, new SystemRandom());
        var locals = Enumerable.Repeat(new IPEndPoint(IPAddress.Loopback, 0), sockets).ToList();
        if (UdpQuicDriver.TryStart(_endpoint, locals, new UdpDriverOptions(), out var driver) != BindResult.Bound)
        {
            throw new InvalidOperationException("Loopback has no port.");
        }
        _driver = driver!;
    }

    public IPEndPoint Local => _driver.Locals[0];

    public EndpointCounters Counters => _endpoint.Counters;

    public Task<QuicConnection> DialAsync(ConnectionOptions options, IPEndPoint peer) =>
        Watchdog.Within(
            _endpoint.ConnectAsync(new QuicDialOptions { Connection = options, Path = _driver.PathTo(peer) }),
            "the handshake with a server"
        );

    /// <summary>The handshake fails, and how.</summary>
    public async Task<QuicException> FailToDialAsync(ConnectionOptions options, IPEndPoint peer) =>
        await Xunit.Assert.ThrowsAsync<QuicException>(() => DialAsync(options, peer));

    public Task<QuicConnection> AcceptAsync() =>
        Watchdog.Within(_endpoint.AcceptConnectionAsync(), "the handshake with a client");

    public async ValueTask DisposeAsync()
    {
        await Watchdog.Within(_endpoint.DisposeAsync(), "the end of our endpoint");
        await _driver.DisposeAsync();
    }

    private sealed class SystemRandom : IQuicRandom
    {
        public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
