using Toss.Quic.Collections;
using Toss.Quic.Wire;

namespace Toss.Quic.Recovery;

/// <summary>The packets received in one number space, and when to acknowledge them (RFC 9000 §13.2).</summary>
internal sealed class AckTracker(PacketSpace space, TimeSpan maxAckDelay)
{
    /// <summary>Ranges kept, and so ranges in an ACK frame (§13.2.3).</summary>
    public const int MaxRanges = 64;

    private readonly RangeSet _received = new();

    // Below this nothing is known any more: treated as received.
    private long _floor;
    private long _largest = -1;
    private long _largestEliciting = -1;
    private Instant _largestAt;
    private int _unacknowledged;
    private bool _immediately;

    /// <summary>What an ACK frame would say, ascending.</summary>
    public ReadOnlySpan<RangeSet.Range> Ranges => _received.Ranges;

    public EcnCounts Ecn { get; private set; }

    /// <summary>The largest number received, or -1.</summary>
    public long Largest => _largest;

    /// <summary>When an ACK must leave at the latest.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    public bool HasPending => _unacknowledged > 0;

    public bool IsDuplicate(long number) => number < _floor || _received.Contains(number);

    public bool MustAck(Instant now) => _unacknowledged > 0 && (_immediately || now >= Deadline);

    /// <summary>The ack_delay of an ACK sent now: the time since the largest number came (§13.2.5).</summary>
    public TimeSpan Delay(Instant now) => _largest < 0 ? TimeSpan.Zero : now - _largestAt;

    /// <summary>False for a duplicate, which changes nothing.</summary>
    public bool Received(long number, bool ackEliciting, EcnMark ecn, Instant now)
    {
        if (IsDuplicate(number))
        {
            return false;
        }
        Ecn = ecn switch
        {
            EcnMark.Ect0 => Ecn with { Ect0 = Ecn.Ect0 + 1 },
            EcnMark.Ect1 => Ecn with { Ect1 = Ecn.Ect1 + 1 },
            EcnMark.Ce => Ecn with { Ce = Ecn.Ce + 1 },
            _ => Ecn,
        };
        _received.Add(number);
        var wasLargest = _largest;
        if (number > _largest)
        {
            _largest = number;
            _largestAt = now;
        }
        if (_received.Count > MaxRanges)
        {
            _received.KeepLargest(MaxRanges);
            _floor = Math.Max(_floor, _received.Smallest);
        }
        if (!ackEliciting)
        {
            return true;
        }
        _unacknowledged++;
        // §13.2.1: at once in the handshake, out of order, with a gap before it, and when marked CE; else every second.
        _immediately |=
            space != PacketSpace.Application
            || number < _largestEliciting
            || (number > wasLargest + 1 && wasLargest >= 0)
            || ecn == EcnMark.Ce
            || _unacknowledged >= 2;
        _largestEliciting = Math.Max(_largestEliciting, number);
        Deadline = Instant.Min(Deadline, now + (_immediately ? TimeSpan.Zero : maxAckDelay));
        return true;
    }

    /// <summary>An ACK frame with all <see cref="Ranges"/> was sent.</summary>
    public void OnAckSent()
    {
        _unacknowledged = 0;
        _immediately = false;
        Deadline = Instant.Never;
    }

    /// <summary>The peer has the ACK frame whose largest number was this: no need to repeat it (§13.2.4).</summary>
    public void OnAckAcknowledged(long largest)
    {
        if (largest < _floor || largest > _largest)
        {
            return;
        }
        // The largest itself stays, so that there is always a range to send.
        _received.Remove(0, Math.Min(largest + 1, _largest));
        _floor = Math.Max(_floor, Math.Min(largest + 1, _largest));
    }
}
