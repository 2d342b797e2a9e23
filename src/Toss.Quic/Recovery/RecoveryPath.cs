using Toss.Quic.Congestion;

namespace Toss.Quic.Recovery;

/// <summary>What recovery knows about one path: a new one starts from nothing (RFC 9000 §9.4).</summary>
internal sealed class RecoveryPath(
    ICongestionController congestion,
    int datagram,
    int batch = 0,
    Instant since = default
)
{
    /// <summary>Packets sent before were sent on another path, which had this one's number.</summary>
    public Instant Since { get; } = since;

    public RttEstimator Rtt { get; } = new();

    public ICongestionController Congestion { get; } = congestion;

    public Pacer Pacer { get; } = new(datagram, batch);

    public EcnValidator Ecn { get; } = new();

    public long BytesInFlight { get; internal set; }

    /// <summary>
    /// Packets larger than every path must carry (RFC 9000 §14.1) that were lost since one was acknowledged: many of them
    /// are a path that shrank.
    /// </summary>
    public int LargeLosses { get; set; }

    /// <summary>The last time that it could have sent, there was nothing to send (RFC 9002 §7.8).</summary>
    public bool AppLimited { get; private set; }

    /// <summary>When a packet of <paramref name="bytes"/> may be sent; never, if the window is full. Probes need not ask.</summary>
    public Instant NextSend(int bytes, Instant now) =>
        BytesInFlight + bytes > Congestion.Window ? Instant.Never : Pacer.NextSend(bytes, Congestion.PacingRate, now);

    /// <summary>Sending stopped though the window is open: no data.</summary>
    public void OnNothingToSend()
    {
        AppLimited = true;
        Congestion.OnAppLimited(BytesInFlight);
    }

    /// <summary>Sending stopped by the window or the pacer.</summary>
    public void OnBlocked() => AppLimited = false;
}
