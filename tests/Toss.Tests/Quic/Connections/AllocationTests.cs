using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>Two endpoints that hand each other their datagrams, and nothing around them.</summary>
public sealed class AllocationTests
{
    private static readonly NetworkPath Path = new(0, 1, 2);

    private readonly Endpoint _client = new(new EndpointOptions { Key = new byte[32] }, new SimQuicRandom(1));
    private readonly Endpoint _server = new(
        new EndpointOptions { Key = new byte[32], Server = QuicPair.Options(isClient: false) },
        new SimQuicRandom(2)
    );
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _bytes = new byte[50_000];
    private Instant _now = new(TimeSpan.TicksPerDay);

    [Fact]
    public void A_transfer_in_its_stride_costs_neither_side_any_memory()
    {
        var client = _client.Dial(QuicPair.Options(isClient: true), Path, _now);
        Connection? server = null;
        while (server is not { IsConfirmed: true } || !client.IsConfirmed)
        {
            Step();
            _ = server is not null || _server.TryAccept(out server);
        }
        var id = client.Streams.TryOpen(unidirectional: true);

        Transfer(client, server, id, 1000);
        var least = long.MaxValue;
        for (var round = 0; round < 4; round++)
        {
            var packets = client.Counters.PacketsSent + server.Counters.PacketsSent;
            var before = GC.GetAllocatedBytesForCurrentThread();
            Transfer(client, server, id, 500);
            // A queue that grew once more is no cost of packets.
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            packets = client.Counters.PacketsSent + server.Counters.PacketsSent - packets;
            Assert.True(packets > 2500, $"{packets} packets");
        }

        Assert.Equal(0, least);
    }

    private void Transfer(Connection client, Connection server, long id, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            _ = client.Streams.Write(id, _bytes, fin: false);
            _client.Touch(client);
            Step();
            while (server.Streams.Read(id, _bytes).Length > 0) { }
            _server.Touch(server);
            Step();
        }
    }

    /// <summary>A millisecond passes.</summary>
    private void Step()
    {
        _now += TimeSpan.FromMilliseconds(1);
        _client.OnTimeout(_now);
        _server.OnTimeout(_now);
        while (Deliver(_client, _server) | Deliver(_server, _client)) { }
    }

    private bool Deliver(Endpoint from, Endpoint to)
    {
        while (from.TryNextChanged(out var changed))
        {
            while (changed.TryNextEvent(out _)) { }
            while (changed.Streams.TryNextEvent(out _)) { }
        }
        var any = false;
        while (from.TryTransmit(_buffer, _now, out var sent))
        {
            any = true;
            for (var at = 0; at < sent.Length; at += sent.SegmentSize)
            {
                var segment = _buffer.AsSpan(at, Math.Min(sent.SegmentSize, sent.Length - at));
                _ = to.Receive(Path, segment, EcnMark.NotEct, _now);
            }
        }
        return any;
    }
}
