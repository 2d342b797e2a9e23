namespace Toss.Quic.Recovery;

/// <summary>The round-trip time of one path (RFC 9002 §5).</summary>
internal sealed class RttEstimator
{
    /// <summary>kInitialRtt (RFC 9002 §6.2.2).</summary>
    public static readonly TimeSpan Initial = TimeSpan.FromMilliseconds(333);

    /// <summary>kGranularity (RFC 9002 §6.1.2).</summary>
    public static readonly TimeSpan Granularity = TimeSpan.FromMilliseconds(1);

    public TimeSpan Latest { get; private set; }

    public TimeSpan Min { get; private set; }

    public TimeSpan Smoothed { get; private set; } = Initial;

    public TimeSpan Variance { get; private set; } = Initial / 2;

    public Instant FirstSampleAt { get; private set; } = Instant.Never;

    public bool HasSample => FirstSampleAt != Instant.Never;

    /// <summary>smoothed_rtt + max(4 * rttvar, kGranularity): the probe time-out without acknowledgement delay (§6.2.1).</summary>
    public TimeSpan Probe => Smoothed + Larger(Variance * 4, Granularity);

    /// <summary>9/8 of the round trip (§6.1.2).</summary>
    public TimeSpan LossDelay => Larger(Larger(Latest, Smoothed) * 9 / 8, Granularity);

    /// <param name="ackDelay">As the peer told it; the caller gives zero for Initial packets (§5.3).</param>
    /// <param name="bound">The peer's max_ack_delay once the handshake is confirmed, else <see cref="TimeSpan.MaxValue"/>.</param>
    public void Update(TimeSpan latest, TimeSpan ackDelay, TimeSpan bound, Instant now)
    {
        Latest = latest;
        if (!HasSample)
        {
            FirstSampleAt = now;
            Min = latest;
            Smoothed = latest;
            Variance = latest / 2;
            return;
        }
        // The minimum ignores the delay of the acknowledgement (§5.2).
        Min = latest < Min ? latest : Min;
        ackDelay = ackDelay < bound ? ackDelay : bound;
        // Without overflow: a peer may claim a delay of years.
        var adjusted = latest - Min >= ackDelay ? latest - ackDelay : latest;
        Variance = (Variance * 3 / 4) + ((Smoothed - adjusted).Duration() / 4);
        Smoothed = (Smoothed * 7 / 8) + (adjusted / 8);
    }

    /// <summary>After persistent congestion the old minimum may be of another path (§5.2).</summary>
    public void ForgetMin() => Min = Latest;

    private static TimeSpan Larger(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
