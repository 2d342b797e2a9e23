using Toss.Quic;
using Toss.Quic.Collections;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;
using Xunit;

namespace Toss.Tests.Quic.Recovery;

/// <summary>RFC 9000 §13.2.</summary>
public sealed class AckTrackerTests
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(25);
    private readonly AckTracker _tracker = new(PacketSpace.Application, MaxDelay);

    private bool Receive(long number, double at = 0, bool eliciting = true, EcnMark ecn = EcnMark.NotEct) =>
        _tracker.Received(number, eliciting, ecn, Bench.At(at));

    [Fact]
    public void Every_second_or_after_the_delay()
    {
        Receive(0, 10);
        Assert.False(_tracker.MustAck(Bench.At(34)));
        Assert.Equal(Bench.At(35), _tracker.Deadline);
        Assert.True(_tracker.MustAck(Bench.At(35)));
        Receive(1, 12);
        Assert.True(_tracker.MustAck(Bench.At(12)));
        Assert.Equal(TimeSpan.FromMilliseconds(3), _tracker.Delay(Bench.At(15)));
        _tracker.OnAckSent();
        Assert.False(_tracker.MustAck(Bench.At(1000)));
        Assert.Equal(Instant.Never, _tracker.Deadline);
        Receive(2, 20, eliciting: false);
        Assert.False(_tracker.HasPending);
    }

    [Fact]
    public void At_once_when_out_of_order_and_when_marked()
    {
        Receive(0);
        _tracker.OnAckSent();
        Receive(2);
        Assert.True(_tracker.MustAck(Bench.At(0)));
        _tracker.OnAckSent();
        Receive(1);
        Assert.True(_tracker.MustAck(Bench.At(0)));
        _tracker.OnAckSent();
        Receive(3);
        Assert.False(_tracker.MustAck(Bench.At(0)));
        _tracker.OnAckSent();
        Receive(4, ecn: EcnMark.Ce);
        Assert.True(_tracker.MustAck(Bench.At(0)));
        Receive(5, ecn: EcnMark.Ect0);
        Assert.Equal(new EcnCounts(1, 0, 1), _tracker.Ecn);
    }

    [Fact]
    public void At_once_in_the_handshake()
    {
        var tracker = new AckTracker(PacketSpace.Handshake, MaxDelay);
        tracker.Received(0, true, EcnMark.NotEct, Bench.At(0));
        Assert.True(tracker.MustAck(Bench.At(0)));
    }

    [Fact]
    public void Duplicates_and_forgotten_numbers_are_refused_and_memory_is_bounded()
    {
        for (var number = 0; number < 400; number += 2)
        {
            Assert.True(Receive(number));
            Assert.False(Receive(number));
        }
        Assert.Equal(AckTracker.MaxRanges, _tracker.Ranges.Length);
        Assert.False(Receive(1));
        Assert.True(Receive(397));
    }

    [Fact]
    public void Ranges_that_the_peer_has_seen_acknowledged_are_dropped()
    {
        foreach (var number in new long[] { 0, 1, 3, 4, 7 })
        {
            Receive(number);
        }
        _tracker.OnAckAcknowledged(4);
        Assert.Equal([new RangeSet.Range(7, 8)], _tracker.Ranges.ToArray());
        Assert.False(Receive(2));
        Assert.True(Receive(6));
        // The largest is always told.
        _tracker.OnAckAcknowledged(7);
        Assert.Equal([new RangeSet.Range(7, 8)], _tracker.Ranges.ToArray());
    }
}
