using Toss.Core.Ports;
using Toss.Crypto.Identity;
using Toss.Net;
using Toss.Net.Links;
using Toss.Net.Mdns;
using Toss.Testing;
using Toss.Transport.Mdns;
using Xunit;

namespace Toss.Tests.Net;

/// <summary>What a network finds out about this machine, over its loopback.</summary>
public sealed class ExamineTests
{
    [Fact]
    public async Task Sockets_of_links_hear_themselves()
    {
        var found = await ExamineAsync(multicast: null);

        Assert.True(found.UsesLinks);
        Assert.True(found.UdpSockets > 0);
        Assert.Equal(found.UdpSockets, found.UdpEchoes);
        Assert.Empty(found.Relays);
    }

    [Fact]
    public async Task Without_links_nothing_is_tried()
    {
        await using var network = new PeerNetwork(TimeProvider.System, new SeededRandomSource(2));
        var found = await network.ExamineAsync(TestContext.Current.CancellationToken);

        Assert.False(found.UsesLinks);
        Assert.Equal((0, new MulticastFindings(0, 0, 0, 0)), (found.UdpSockets, found.Multicast));
    }

    [Theory]
    [InlineData(true, 1, 1)]
    [InlineData(false, 1, 0)]
    public async Task Multicast_is_what_comes_back(bool loops, int joined, int heard)
    {
        var found = await ExamineAsync(new OneGroup(loops));

        Assert.Equal(new MulticastFindings(2, joined, heard, 0), found.Multicast);
    }

    private static async Task<NetworkFindings> ExamineAsync(IMulticastSockets? multicast)
    {
        var random = new SeededRandomSource(1);
        using var key = DeviceKey.Generate(random);
        await using var network = new PeerNetwork(
            TimeProvider.System,
            random,
            new NetworkOptions
            {
                Links = new UdpLinkSockets(),
                Multicast = multicast,
                WatchSystem = false,
            }
        );
        network.ConfigureLinks(new LinkSettings(key, [new byte[32]], [], TimeSpan.Zero));
        return await network.ExamineAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Two interfaces, of which the second gives no socket.</summary>
    private sealed class OneGroup(bool loops) : IMulticastSockets
    {
        public IReadOnlyList<LanInterface> Interfaces() => [new(1, false, []), new(2, false, [])];

        public IMulticastSocket? Open(LanInterface lan, MulticastHeard heard) =>
            lan.Index == 1 ? new Socket(loops ? heard : null) : null;

        private sealed class Socket(MulticastHeard? heard) : IMulticastSocket
        {
            public void Send(ReadOnlySpan<byte> bytes, System.Net.IPEndPoint? to) =>
                heard?.Invoke(bytes, new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, MdnsNames.Port));

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
