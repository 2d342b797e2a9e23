using Toss.Quic.Collections;
using Toss.Quic.Recovery;
using Xunit;

namespace Toss.Tests.Quic.Recovery;

/// <summary>RFC 9002 §6 and §7.6, by their numbers.</summary>
public sealed class LossDetectionTests
{
    /// <summary>§6.1.1: three later packets acknowledged.</summary>
    [Fact]
    public void Packet_threshold()
    {
        var bench = new Bench();
        bench.Send(0, 5);
        bench.Ack(50, 2, 3);
        Assert.Empty(bench.Sink.Lost);
        bench.Ack(51, 3, 4);
        Assert.Equal([0L], bench.Sink.Lost);
        bench.Ack(52, 4, 5);
        Assert.Equal([0L, 1L], bench.Sink.Lost);
        Assert.Equal(0, bench.Path.BytesInFlight);
    }

    /// <summary>§6.1.2: 9/8 of the round trip after it was sent.</summary>
    [Fact]
    public void Time_threshold()
    {
        var bench = new Bench();
        bench.Send(0);
        bench.Send(8);
        bench.Ack(88, 1, 2);
        Assert.Equal(90, bench.Deadline, 0.001);
        Assert.Empty(bench.Sink.Lost);
        Assert.Equal(0, bench.Loss.OnTimeout(Bench.At(90)).Count);
        Assert.Equal([0L], bench.Sink.Lost);
        Assert.Equal(0, bench.Loss.ProbeCount);
    }

    /// <summary>§6.2.1: smoothed + 4 * variance + max_ack_delay, doubled with each probe, from the last packet sent.</summary>
    [Fact]
    public void Probe_time_out_backs_off_until_an_acknowledgement()
    {
        var bench = new Bench();
        bench.Send(0);
        bench.Ack(100, 0, 1);
        Assert.Equal(double.PositiveInfinity, bench.Deadline);
        bench.Send(200);
        Assert.Equal(200 + 325, bench.Deadline, 0.001);
        Assert.Equal(new ProbeRequest(PacketSpace.Application, 2), bench.Loss.OnTimeout(Bench.At(525)));
        Assert.Empty(bench.Sink.Lost);
        Assert.Equal(200 + 650, bench.Deadline, 0.001);
        bench.Send(525);
        Assert.Equal(525 + 650, bench.Deadline, 0.001);
        bench.Loss.OnTimeout(Bench.At(1175));
        Assert.Equal(525 + 1300, bench.Deadline, 0.001);
        bench.Ack(1200, 2, 3);
        Assert.Equal(0, bench.Loss.ProbeCount);
    }

    /// <summary>§6.2.1: Application data is not probed before the handshake is confirmed; the earliest space is.</summary>
    [Fact]
    public void Probes_by_space()
    {
        var bench = new Bench(isClient: false, confirmed: false);
        bench.Send(0, space: PacketSpace.Application);
        Assert.Equal(double.PositiveInfinity, bench.Deadline);
        bench.Send(10, space: PacketSpace.Handshake);
        bench.Send(20, space: PacketSpace.Initial);
        Assert.Equal(10 + 999, bench.Deadline, 0.001);
        Assert.Equal(PacketSpace.Handshake, bench.Loss.OnTimeout(Bench.At(1009)).Space);
        // §6.4: the keys gone, so is the back-off; the other space is still armed.
        bench.Loss.OnKeysDiscarded(PacketSpace.Handshake, Bench.At(1010));
        Assert.Equal(0, bench.Loss.ProbeCount);
        Assert.Equal(20 + 999, bench.Deadline, 0.001);
        bench.Loss.OnKeysDiscarded(PacketSpace.Initial, Bench.At(1010));
        Assert.Equal(double.PositiveInfinity, bench.Deadline);
        bench.Loss.OnHandshakeConfirmed(Bench.At(1010));
        Assert.Equal(999 + 25, bench.Deadline, 0.001);
        Assert.Equal(Bench.Datagram, bench.Path.BytesInFlight);
        Assert.Empty(bench.Sink.Lost);
    }

    /// <summary>§6.2.2.1: a client with nothing in flight probes until the server must have validated its address.</summary>
    [Fact]
    public void Client_probes_against_the_deadlock()
    {
        var bench = new Bench(confirmed: false);
        bench.Send(0, space: PacketSpace.Initial);
        bench.Ack(100, 0, 1, PacketSpace.Initial);
        Assert.Equal(100 + 300, bench.Deadline, 0.001);
        Assert.Equal(new ProbeRequest(PacketSpace.Initial, 1), bench.Loss.OnTimeout(Bench.At(400)));
        Assert.Equal(400 + 600, bench.Deadline, 0.001);
        // An Initial does not reset the back-off: the server may still be unable to answer.
        bench.Send(400, space: PacketSpace.Initial);
        bench.Ack(500, 1, 2, PacketSpace.Initial);
        Assert.Equal(1, bench.Loss.ProbeCount);
        bench.Loss.OnHandshakeKeys(Bench.At(500));
        Assert.Equal(PacketSpace.Handshake, bench.Loss.OnTimeout(Bench.At(2000)).Space);
        bench.Send(2000, space: PacketSpace.Handshake);
        bench.Ack(2100, 0, 1, PacketSpace.Handshake);
        Assert.Equal(0, bench.Loss.ProbeCount);
        Assert.Equal(double.PositiveInfinity, bench.Deadline);
    }

    /// <summary>§6.2.2.1: a server that may send nothing has no timer, and none without packets in flight.</summary>
    [Fact]
    public void Server_waits_while_amplification_limited()
    {
        var bench = new Bench(isClient: false, confirmed: false);
        Assert.Equal(double.PositiveInfinity, bench.Deadline);
        bench.Send(0, space: PacketSpace.Initial);
        Assert.Equal(999, bench.Deadline, 0.001);
        bench.Loss.SetAmplificationLimited(true, Bench.At(1));
        Assert.Equal(double.PositiveInfinity, bench.Deadline);
        bench.Loss.SetAmplificationLimited(false, Bench.At(2));
        Assert.Equal(999, bench.Deadline, 0.001);
    }

    /// <summary>§7.6: the second sample makes a time-out 100 + 150 + 25 ms, three are 825 ms.</summary>
    [Theory]
    [InlineData(826, true)]
    [InlineData(824, false)]
    public void Persistent_congestion(double duration, bool persistent)
    {
        var bench = new Bench();
        bench.Send(0);
        bench.Ack(100, 0, 1);
        bench.Send(200);
        bench.Send(200 + duration);
        bench.Send(1300, 3);
        bench.Ack(1400, 3, 6);
        Assert.Equal(2, bench.Sink.Lost.Count);
        // Two datagrams, and slow start by the three acknowledged; or half of eleven, and no growth in recovery.
        Assert.Equal(persistent ? 6000 : 6600, bench.Controller.Window);
    }

    [Fact]
    public void No_persistent_congestion_with_an_acknowledged_packet_between()
    {
        var bench = new Bench();
        bench.Send(0);
        bench.Ack(100, 0, 1);
        bench.Send(200);
        bench.Send(700);
        bench.Send(1290);
        bench.Send(1300, 3);
        bench.Loss.OnAck(
            PacketSpace.Application,
            [new RangeSet.Range(2, 3), new RangeSet.Range(4, 7)],
            default,
            null,
            Bench.At(1400)
        );
        Assert.Equal([1L, 3L], bench.Sink.Lost);
        Assert.Equal(6600, bench.Controller.Window);
    }

    [Fact]
    public void Spurious_loss_is_taken_back_from_the_counters()
    {
        var bench = new Bench();
        bench.Send(0, 4);
        bench.Ack(50, 3, 4);
        Assert.Equal((1, 0), (bench.Loss.LostPackets, bench.Loss.SpuriousLosses));
        bench.Ack(51, 0, 4);
        Assert.Equal((0, 1), (bench.Loss.LostPackets, bench.Loss.SpuriousLosses));
        Assert.Equal(0, bench.Path.BytesInFlight);
        Assert.Equal([0L], bench.Sink.Lost);
    }

    /// <summary>RFC 9000 §13.1, §21.4.</summary>
    [Fact]
    public void Optimistic_acknowledgement_is_refused()
    {
        var bench = new Bench();
        bench.Send(0, 2);
        Assert.Equal(2, bench.Loss.SkipNumber(PacketSpace.Application));
        bench.Send(0, 2);
        Assert.Equal(AckVerdict.NeverSent, bench.Ack(10, 0, 5));
        Assert.Equal(AckVerdict.NeverSent, bench.Ack(10, 3, 6));
        Assert.Empty(bench.Sink.Acknowledged);
        Assert.Equal(AckVerdict.Accepted, bench.Ack(10, 3, 5));
        Assert.Equal(AckVerdict.Accepted, bench.Ack(10, 0, 2));
        // It is remembered after all around it is settled.
        Assert.Equal(AckVerdict.NeverSent, bench.Ack(11, 0, 5));
    }
}
