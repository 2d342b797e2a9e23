using Toss.Quic;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;
using Xunit;

namespace Toss.Tests.Quic.Recovery;

/// <summary>RFC 9000 §13.4.2.</summary>
public sealed class EcnValidatorTests
{
    private static EcnValidator Sent(int count)
    {
        var ecn = new EcnValidator();
        for (; count > 0; count--)
        {
            ecn.OnSent(PacketSpace.Application, ecn.Mark);
        }
        return ecn;
    }

    [Fact]
    public void Tests_ten_packets_then_waits_and_is_capable()
    {
        var ecn = Sent(9);
        Assert.Equal((EcnState.Testing, EcnMark.Ect0), (ecn.State, ecn.Mark));
        ecn = Sent(10);
        Assert.Equal((EcnState.Unknown, EcnMark.NotEct), (ecn.State, ecn.Mark));
        Assert.Equal(1, ecn.OnAck(PacketSpace.Application, new EcnCounts(4, 0, 1), 5));
        Assert.Equal((EcnState.Capable, EcnMark.Ect0), (ecn.State, ecn.Mark));
        Assert.Equal(2, ecn.OnAck(PacketSpace.Application, new EcnCounts(4, 0, 3), 2));
    }

    [Theory]
    [InlineData(3, 0, 0)] // fewer than arrived
    [InlineData(11, 0, 0)] // more than were sent
    [InlineData(5, 1, 0)] // ECT(1) was never sent
    public void Counts_that_do_not_add_up_fail(int ect0, int ect1, int ce)
    {
        var ecn = Sent(10);
        ecn.OnAck(PacketSpace.Application, new EcnCounts(ect0, ect1, ce), 5);
        Assert.Equal((EcnState.Failed, EcnMark.NotEct), (ecn.State, ecn.Mark));
    }

    [Fact]
    public void Counts_that_go_back_or_are_missing_fail()
    {
        var ecn = Sent(10);
        ecn.OnAck(PacketSpace.Application, new EcnCounts(5, 0, 1), 5);
        Assert.Equal(EcnState.Capable, ecn.State);
        Assert.Equal(0, ecn.OnAck(PacketSpace.Application, new EcnCounts(6, 0, 0), 0));
        Assert.Equal(EcnState.Failed, ecn.State);
        ecn = Sent(10);
        ecn.OnAck(PacketSpace.Application, null, 0);
        Assert.Equal(EcnState.Unknown, ecn.State);
        ecn.OnAck(PacketSpace.Application, null, 1);
        Assert.Equal(EcnState.Failed, ecn.State);
    }

    [Fact]
    public void A_test_that_is_lost_whole_fails()
    {
        var ecn = Sent(10);
        for (var lost = 0; lost < 10; lost++)
        {
            Assert.Equal(EcnState.Unknown, ecn.State);
            ecn.OnLost(EcnMark.Ect0);
        }
        Assert.Equal(EcnState.Failed, ecn.State);
    }

    /// <summary>A mark is as a loss, once a round trip (RFC 9002 §7.3.2).</summary>
    [Fact]
    public void Marks_halve_the_window_and_old_acks_do_not()
    {
        var bench = new Bench();
        bench.Send(0, 10, ecn: EcnMark.Ect0);
        bench.Ack(50, 4, 5, ecn: new EcnCounts(0, 0, 1));
        Assert.Equal(EcnState.Capable, bench.Path.Ecn.State);
        Assert.Equal(6000, bench.Controller.Window);
        // Late, with older counts: not a failure.
        bench.Ack(51, 3, 4, ecn: new EcnCounts(0, 0, 0));
        Assert.Equal(EcnState.Capable, bench.Path.Ecn.State);
        bench.Ack(52, 5, 6, ecn: new EcnCounts(1, 0, 2));
        Assert.Equal(6000, bench.Controller.Window);
    }
}
