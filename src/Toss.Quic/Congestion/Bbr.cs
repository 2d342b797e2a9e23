using Toss.Quic.Recovery;

namespace Toss.Quic.Congestion;

internal enum BbrState
{
    Startup,
    Drain,
    ProbeDown,
    ProbeCruise,
    ProbeRefill,
    ProbeUp,
    ProbeRtt,
}

/// <summary>
/// BBR version 3 after draft-ietf-ccwg-bbr: it sends at the rate that the path delivers, and keeps little more in flight
/// than the path holds. Where it departs from the draft: <see cref="LossThreshold"/>, and no allowance for aggregated
/// acknowledgements (the window of two products leaves room for them).
/// </summary>
internal sealed partial class Bbr : ICongestionController
{
    /// <summary>
    /// Losses of a round above this mean too much in flight. The draft says 2 %, which a radio link loses by itself; above
    /// the threshold throughput falls apart.
    /// </summary>
    public const double LossThreshold = 0.05;

    private const double StartupPacingGain = 2.77;
    private const double DrainPacingGain = 0.5;
    private const double WindowGain = 2.0;
    private const double UpWindowGain = 2.25;
    private const double ProbeRttWindowGain = 0.5;
    private const double Beta = 0.7;
    private const double Headroom = 0.15;

    // One percent below the measured rate, so that queues drain.
    private const double PacingMargin = 0.99;
    private static readonly TimeSpan MinRttWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProbeRttInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbeRttDuration = TimeSpan.FromMilliseconds(200);

    private readonly int _datagram;
    private readonly long _initialWindow;
    private readonly DeliveryRate _sampler = new();
    private ulong _random;

    private double _pacingGain = StartupPacingGain;
    private double _windowGain = WindowGain;

    // Rounds: one ends when a packet sent after its beginning is acknowledged.
    private long _roundEnd;
    private bool _roundStarted;
    private long _lostAtRound;
    private long _deliveredAtRound;

    // Startup.
    private double _fullRate;
    private int _fullRateRounds;
    private bool _fullRateReached;

    // Round trip.
    private TimeSpan _minRtt = TimeSpan.MaxValue;
    private Instant _minRttAt;
    private TimeSpan _probeRttMin = TimeSpan.MaxValue;
    private Instant _probeRttMinAt;
    private Instant _probeRttDone = Instant.Never;
    private bool _probeRttRound;
    private long _windowBeforeProbe;

    /// <param name="seed">Makes flows probe at different times; any number from the connection's random source.</param>
    public Bbr(int datagram, ulong seed)
    {
        _datagram = datagram;
        _random = seed | 1;
        _initialWindow = Math.Min(10L * datagram, Math.Max(14_720, 2L * datagram));
        Window = _initialWindow;
        PacingRate = StartupPacingGain * Window / 0.001;
    }

    public BbrState State { get; private set; }

    public long Window { get; private set; }

    public double PacingRate { get; private set; }

    /// <summary>Rounds since the beginning.</summary>
    public long Rounds { get; private set; }

    /// <summary>How often the window was lowered to measure the round trip.</summary>
    public int RttProbes { get; private set; }

    /// <summary>The rate that the path is believed to carry, bytes per second.</summary>
    public double Bandwidth => Math.Min(MaxRate, _rateShort);

    private long MinimumWindow => 4L * _datagram;

    public void OnSent(ref SentPacket packet, long inFlightBefore, Instant now) =>
        _sampler.OnSent(ref packet, inFlightBefore, now);

    public void OnAppLimited(long inFlight) => _sampler.OnAppLimited(inFlight);

    public void OnPersistentCongestion(Instant now)
    {
        Window = MinimumWindow;
        ResetShort();
    }

    public void OnAcked(in SentPacket packet, bool appLimited, Instant now)
    {
        _ackedNow += packet.Bytes;
        _sampler.OnAcked(packet, now);
    }

    public void OnAckDone(long inFlight, RttEstimator rtt, Instant now)
    {
        if (!_sampler.Complete(rtt.HasSample ? rtt.Min : TimeSpan.Zero))
        {
            return;
        }
        UpdateRound();
        UpdateRates();
        CheckStartup();
        if (State == BbrState.Drain && inFlight <= Inflight(1))
        {
            StartDown(now);
        }
        UpdateCycle(inFlight, now);
        UpdateMinRtt(rtt, now);
        CheckProbeRtt(inFlight, now);
        FinishRound();
        SetPacing(rtt);
        SetWindow();
        _ackedNow = 0;
    }

    private void UpdateRound()
    {
        _roundStarted = _sampler.Newest.Delivered >= _roundEnd;
        if (_roundStarted)
        {
            _roundEnd = _sampler.Delivered;
            Rounds++;
            _roundsSinceProbe++;
            _probeRttRound = true;
        }
    }

    private void CheckStartup()
    {
        if (State != BbrState.Startup || !_roundStarted)
        {
            return;
        }
        // Loss of the whole round, and enough packets that it is no accident.
        if (RoundLossTooHigh())
        {
            _fullRateReached = true;
            _inflightLong = Math.Max(Product(1), (long)_inflightLatest);
        }
        if (!_sampler.Newest.AppLimited)
        {
            if (MaxRate >= _fullRate * 1.25)
            {
                _fullRate = MaxRate;
                _fullRateRounds = 0;
            }
            else if (++_fullRateRounds >= 3)
            {
                _fullRateReached = true;
            }
        }
        if (_fullRateReached)
        {
            State = BbrState.Drain;
            _pacingGain = DrainPacingGain;
            _windowGain = WindowGain;
        }
    }

    private void UpdateMinRtt(RttEstimator rtt, Instant now)
    {
        var sample = rtt.Latest;
        if (!rtt.HasSample)
        {
            return;
        }
        _probeRttExpired = _probeRttMin != TimeSpan.MaxValue && now > _probeRttMinAt + ProbeRttInterval;
        if (sample < _probeRttMin || _probeRttExpired)
        {
            _probeRttMin = sample;
            _probeRttMinAt = now;
        }
        if (_probeRttMin < _minRtt || now > _minRttAt + MinRttWindow)
        {
            _minRtt = _probeRttMin;
            _minRttAt = _probeRttMinAt;
        }
    }

    private bool _probeRttExpired;

    private void CheckProbeRtt(long inFlight, Instant now)
    {
        if (State != BbrState.ProbeRtt && _probeRttExpired)
        {
            State = BbrState.ProbeRtt;
            _pacingGain = 1;
            _windowGain = ProbeRttWindowGain;
            _windowBeforeProbe = Math.Max(_windowBeforeProbe, Window);
            _probeRttDone = Instant.Never;
            RttProbes++;
        }
        if (State != BbrState.ProbeRtt)
        {
            return;
        }
        // What is measured now is limited by us, not by the path.
        _sampler.OnAppLimited(inFlight);
        if (_probeRttDone == Instant.Never)
        {
            if (inFlight <= ProbeRttWindow())
            {
                _probeRttDone = now + ProbeRttDuration;
                _probeRttRound = false;
                _roundEnd = _sampler.Delivered;
            }
        }
        else if (_probeRttRound && now > _probeRttDone)
        {
            _probeRttMinAt = now;
            Window = Math.Max(Window, _windowBeforeProbe);
            _windowBeforeProbe = 0;
            ResetShort();
            if (_fullRateReached)
            {
                StartDown(now);
                StartCruise();
            }
            else
            {
                State = BbrState.Startup;
                _pacingGain = StartupPacingGain;
                _windowGain = WindowGain;
            }
        }
    }

    private long ProbeRttWindow() => Math.Max(Product(ProbeRttWindowGain), MinimumWindow);

    /// <summary>The bandwidth-delay product times a gain.</summary>
    private long Product(double gain) =>
        _minRtt == TimeSpan.MaxValue || MaxRate <= 0
            ? (long)(_initialWindow * gain)
            : (long)(gain * Bandwidth * _minRtt.TotalSeconds);

    /// <summary>
    /// The same with room for three batches: on a short path the product is less than one, and neither could batches be kept in
    /// flight nor would a queue ever seem drained or full (BBR draft, "BBR.offload_budget").
    /// </summary>
    private long Inflight(double gain)
    {
        var batch = (long)Math.Clamp(PacingRate * Pacer.Quantum, 2.0 * _datagram, 64 * 1024);
        return Product(gain) + (3 * batch);
    }

    private void SetPacing(RttEstimator rtt)
    {
        var roundTrip = Math.Max(rtt.Smoothed.TotalSeconds, 0.001);
        if (MaxRate <= 0)
        {
            PacingRate = StartupPacingGain * Window / roundTrip;
            return;
        }
        // Never slower than the smallest window allows: a path that carried next to nothing for a while would be paced by
        // that for ever, since what is held back is not measured.
        var rate = Math.Max(_pacingGain * Bandwidth * PacingMargin, MinimumWindow / roundTrip);
        // Until the pipe was full once, the rate only rises.
        if (_fullRateReached || rate > PacingRate || Rounds <= 1)
        {
            PacingRate = rate;
        }
    }

    private void SetWindow()
    {
        var target = Inflight(_windowGain);
        if (_fullRateReached)
        {
            Window = Math.Min(Window + _ackedNow, target);
        }
        else if (Window < target || _sampler.Delivered < _initialWindow)
        {
            Window += _ackedNow;
        }
        Window = Math.Max(Window, MinimumWindow);
        if (State == BbrState.ProbeRtt)
        {
            Window = Math.Min(Window, ProbeRttWindow());
            return;
        }
        // Startup has no model yet that could bound it.
        var bound = State switch
        {
            BbrState.ProbeCruise => (long)(_inflightLong * (1 - Headroom)),
            BbrState.ProbeDown or BbrState.ProbeRefill or BbrState.ProbeUp => _inflightLong,
            _ => double.PositiveInfinity,
        };
        bound = Math.Max(Math.Min(bound, _inflightShort), MinimumWindow);
        Window = (long)Math.Min(Window, bound);
    }

    private double NextRandom()
    {
        // xorshift64: only to spread probes in time.
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (_random >> 11) * (1.0 / (1UL << 53));
    }
}
