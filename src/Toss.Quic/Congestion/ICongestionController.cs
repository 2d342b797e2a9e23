using Toss.Quic.Recovery;

namespace Toss.Quic.Congestion;

/// <summary>
/// Decides how much may be in flight on one path, and how fast it may leave. After an ACK it is told first of the losses,
/// then of every acknowledged packet, then of the end of it (RFC 9002 §A.7).
/// </summary>
internal interface ICongestionController
{
    /// <summary>Bytes that may be in flight.</summary>
    long Window { get; }

    /// <summary>Bytes per second.</summary>
    double PacingRate { get; }

    void OnSent(ref SentPacket packet, long inFlightBefore, Instant now);

    /// <summary>There was nothing to send though the window is open.</summary>
    void OnAppLimited(long inFlight);

    void OnLost(in SentPacket packet, long inFlight, Instant now);

    void OnPersistentCongestion(Instant now);

    /// <summary>Further packets were marked CE; the newest acknowledged was sent at <paramref name="sentAt"/>.</summary>
    void OnEcnCe(Instant sentAt, long packets, Instant now);

    void OnAcked(in SentPacket packet, bool appLimited, Instant now);

    void OnAckDone(long inFlight, RttEstimator rtt, Instant now);
}
