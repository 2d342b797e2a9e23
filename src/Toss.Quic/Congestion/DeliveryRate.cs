using Toss.Quic.Recovery;

namespace Toss.Quic.Congestion;

/// <summary>Measures how fast the path delivers (BBR draft, "Delivery Rate Sampling Algorithm").</summary>
internal sealed class DeliveryRate
{
    private Instant _deliveredAt;
    private Instant _firstSentAt;
    private long _appLimitedUntil;
    private Instant _newestSentAt;
    private TimeSpan _interval;
    private bool _hasPacket;

    /// <summary>Bytes delivered since the beginning.</summary>
    public long Delivered { get; private set; }

    /// <summary>Bytes lost since the beginning.</summary>
    public long Lost { get; private set; }

    /// <summary>The newest packet of the sample, as it was sent.</summary>
    public DeliverySnapshot Newest { get; private set; }

    /// <summary>Bytes per second of the sample, or zero if it says nothing.</summary>
    public double Rate { get; private set; }

    public void OnSent(ref SentPacket packet, long inFlightBefore, Instant now)
    {
        if (inFlightBefore == 0)
        {
            _firstSentAt = now;
            _deliveredAt = now;
        }
        packet.Delivery = new DeliverySnapshot
        {
            Delivered = Delivered,
            Lost = Lost,
            InFlight = inFlightBefore + packet.Bytes,
            DeliveredAt = _deliveredAt,
            FirstSentAt = _firstSentAt,
            AppLimited = _appLimitedUntil > 0,
        };
    }

    public void OnAppLimited(long inFlight) => _appLimitedUntil = Math.Max(Delivered + inFlight, 1);

    public void OnLost(in SentPacket packet) => Lost += packet.Bytes;

    public void OnAcked(in SentPacket packet, Instant now)
    {
        Delivered += packet.Bytes;
        _deliveredAt = now;
        // The newest packet spans the latest interval.
        if (_hasPacket && packet.SentAt < _newestSentAt)
        {
            return;
        }
        _hasPacket = true;
        _newestSentAt = packet.SentAt;
        Newest = packet.Delivery;
        var sending = packet.SentAt - packet.Delivery.FirstSentAt;
        var acking = now - packet.Delivery.DeliveredAt;
        // The slower of both: bursts of acknowledgements must not look like bandwidth.
        _interval = sending > acking ? sending : acking;
        _firstSentAt = packet.SentAt;
    }

    /// <summary>The end of an ACK: the sample is complete.</summary>
    public bool Complete(TimeSpan minRtt)
    {
        if (!_hasPacket)
        {
            return false;
        }
        _hasPacket = false;
        if (_appLimitedUntil > 0 && Delivered > _appLimitedUntil)
        {
            _appLimitedUntil = 0;
        }
        // Shorter than a round trip cannot be: the packets were compressed.
        Rate =
            _interval > TimeSpan.Zero && _interval >= minRtt
                ? (Delivered - Newest.Delivered) / _interval.TotalSeconds
                : 0;
        return true;
    }
}
