using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>Whole connections over the simulated net.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public void A_handshake_takes_one_round_trip_and_the_server_confirms_it_with_the_next()
    {
        var pair = new QuicPair();
        pair.Dial();

        pair.RunUntil(() => pair.AtClient!.State == ConnectionState.Established, 1, "the client");
        Assert.Equal(TimeSpan.FromMilliseconds(20).Ticks, pair.Scheduler.Ticks);
        pair.RunUntil(() => pair.AtServer!.IsConfirmed, 1, "the server");
        Assert.Equal(TimeSpan.FromMilliseconds(30).Ticks, pair.Scheduler.Ticks);
        pair.RunUntil(() => pair.AtClient!.IsConfirmed, 1, "the client");
        Assert.Equal(TimeSpan.FromMilliseconds(40).Ticks, pair.Scheduler.Ticks);

        Assert.NotNull(QuicPair.Only<ConnectionEvent.Connected>(pair.ClientTraffic).Peer);
        Assert.NotNull(QuicPair.Only<ConnectionEvent.Connected>(pair.ServerTraffic).Peer);
        Assert.Equal(0, pair.AtClient!.Recovery.LostPackets + pair.AtServer!.Recovery.LostPackets);
    }

    [Fact]
    public void Streams_carry_bytes_both_ways()
    {
        var pair = new QuicPair().Connect();
        foreach (var length in (int[])[0, 1, 1200, 70_000, 500_000])
        {
            pair.ClientTraffic.Send(length);
            pair.ServerTraffic.Send(length);
            pair.ClientTraffic.Send(length, unidirectional: true);
            pair.ServerTraffic.Send(length, unidirectional: true);
        }
        pair.Push();

        pair.RunUntil(() => pair.IsDone, 60, "all streams");

        Assert.Equal(15, pair.ClientTraffic.Finished);
        Assert.Equal(15, pair.ServerTraffic.Finished);
        Assert.Equal(15, pair.ClientTraffic.Delivered);
        Assert.Equal(15, pair.ServerTraffic.Delivered);
    }

    [Fact]
    public void Loss_reordering_and_duplication_change_nothing()
    {
        var link = new SimLink
        {
            Delay = TimeSpan.FromMilliseconds(20),
            Jitter = TimeSpan.FromMilliseconds(5),
            Loss = 0.1,
            Reordering = 0.1,
            Duplication = 0.05,
        };
        var pair = new QuicPair(7, link).Connect();
        pair.ClientTraffic.Send(1_000_000);
        pair.ServerTraffic.Send(300_000, unidirectional: true);
        pair.Push();

        pair.RunUntil(() => pair.IsDone, 120, "all streams");

        Assert.True(pair.AtClient!.Recovery.LostPackets > 10);
    }
}
