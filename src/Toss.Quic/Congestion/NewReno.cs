using Toss.Quic.Recovery;

namespace Toss.Quic.Congestion;

/// <summary>The congestion control of RFC 9002 §7 and Appendix B.</summary>
internal sealed class NewReno : ICongestionController
{
    private readonly int _datagram;
    private Instant _recoveryStart = new(long.MinValue);
    private TimeSpan _smoothed = RttEstimator.Initial;

    public NewReno(int datagram)
    {
        _datagram = datagram;
        // kInitialWindow (§7.2).
        Window = Math.Min(10L * datagram, Math.Max(14_720, 2L * datagram));
    }

    public long Window { get; private set; }

    public long Threshold { get; private set; } = long.MaxValue;

    /// <summary>kMinimumWindow (§7.2).</summary>
    public long MinimumWindow => 2L * _datagram;

    /// <summary>N = 1.25 (§7.7): pacing must not be what limits the window.</summary>
    public double PacingRate => 1.25 * Window / Math.Max(_smoothed.TotalSeconds, 1e-4);

    public void OnSent(ref SentPacket packet, long inFlightBefore, Instant now) { }

    public void OnAppLimited(long inFlight) { }

    public void OnLost(in SentPacket packet, long inFlight, Instant now) => OnCongestion(packet.SentAt, now);

    public void OnEcnCe(Instant sentAt, long packets, Instant now) => OnCongestion(sentAt, now);

    public void OnPersistentCongestion(Instant now)
    {
        Window = MinimumWindow;
        _recoveryStart = new Instant(long.MinValue);
    }

    public void OnAcked(in SentPacket packet, bool appLimited, Instant now)
    {
        // §7.8: no growth of a window that is not used; §7.3.2: nor by packets from before the recovery.
        if (appLimited || packet.SentAt <= _recoveryStart)
        {
            return;
        }
        Window += Window < Threshold ? packet.Bytes : (long)_datagram * packet.Bytes / Window;
    }

    public void OnAckDone(long inFlight, RttEstimator rtt, Instant now) => _smoothed = rtt.Smoothed;

    private void OnCongestion(Instant sentAt, Instant now)
    {
        // Once a round trip (§7.3.2).
        if (sentAt <= _recoveryStart)
        {
            return;
        }
        _recoveryStart = now;
        Threshold = Window / 2;
        Window = Math.Max(Threshold, MinimumWindow);
    }
}
