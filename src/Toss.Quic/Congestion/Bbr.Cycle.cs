using Toss.Quic.Recovery;

namespace Toss.Quic.Congestion;

/// <summary>The model of the path: rates and bounds, and the cycle that probes them (BBR draft, "ProbeBW").</summary>
internal sealed partial class Bbr
{
    // The largest samples of this cycle and the one before.
    private double _rateNow;
    private double _rateBefore;
    private double _rateShort = double.PositiveInfinity;
    private double _inflightShort = double.PositiveInfinity;
    private double _inflightLong = double.PositiveInfinity;
    private double _rateLatest;
    private double _inflightLatest;
    private long _ackedNow;

    private Instant _cycleAt;
    private TimeSpan _probeWait;
    private long _roundsSinceProbe;
    private long _upRounds;
    private long _upStep = long.MaxValue;
    private long _upAcked;
    private bool _sampling;
    private double _upFullRate;
    private int _upFullRounds;
    private long _roundMark;
    private long _ceInRound;

    private double MaxRate => Math.Max(_rateNow, _rateBefore);

    public void OnLost(in SentPacket packet, long inFlight, Instant now)
    {
        _sampler.OnLost(packet);
        // Loss since this packet was sent, against what was in flight then: the probe went too far.
        var lost = _sampler.Lost - packet.Delivery.Lost;
        if (_sampling && TooMuch(lost, packet.Delivery.InFlight))
        {
            _sampling = false;
            if (!packet.Delivery.AppLimited)
            {
                _inflightLong = Math.Max(packet.Delivery.InFlight, Math.Min(Product(1), _inflightLong) * Beta);
            }
            if (State == BbrState.ProbeUp)
            {
                StartDown(now);
            }
        }
    }

    public void OnEcnCe(Instant sentAt, long packets, Instant now) => _ceInRound += packets * _datagram;

    /// <summary>A rate below three packets is an accident: short windows lose a large part with one packet.</summary>
    private bool TooMuch(long lost, long of) => lost > of * LossThreshold && lost >= 3L * _datagram;

    private bool RoundLossTooHigh()
    {
        var lost = _sampler.Lost - _lostAtRound;
        var delivered = _sampler.Delivered - _deliveredAtRound;
        // A round of marks is as a round of losses (RFC 9002 §7.1): half of it, as DCTCP's first guess.
        return TooMuch(lost, lost + delivered) || _ceInRound * 2 > delivered;
    }

    private void UpdateRates()
    {
        var rate = _sampler.Rate;
        if (rate > 0 && (rate >= MaxRate || !_sampler.Newest.AppLimited))
        {
            _rateNow = Math.Max(_rateNow, rate);
        }
        _rateLatest = Math.Max(_rateLatest, rate);
        _inflightLatest = Math.Max(_inflightLatest, _sampler.Delivered - _sampler.Newest.Delivered);
        // Losses while not probing: others are here, so keep to what was delivered of late.
        if (
            !_roundStarted
            || State is BbrState.Startup or BbrState.ProbeRefill or BbrState.ProbeUp
            || !RoundLossTooHigh()
        )
        {
            return;
        }
        _rateShort = double.IsPositiveInfinity(_rateShort) ? MaxRate : _rateShort;
        _inflightShort = double.IsPositiveInfinity(_inflightShort) ? Window : _inflightShort;
        _rateShort = Math.Max(_rateLatest, Beta * _rateShort);
        _inflightShort = Math.Max(_inflightLatest, Beta * _inflightShort);
    }

    private void FinishRound()
    {
        if (!_roundStarted)
        {
            return;
        }
        _rateLatest = _sampler.Rate;
        _inflightLatest = _sampler.Delivered - _sampler.Newest.Delivered;
        _lostAtRound = _sampler.Lost;
        _deliveredAtRound = _sampler.Delivered;
        _ceInRound = 0;
    }

    private void UpdateCycle(long inFlight, Instant now)
    {
        switch (State)
        {
            case BbrState.ProbeDown:
                if (TimeToProbe(now))
                {
                    StartRefill();
                }
                else if (inFlight <= Math.Min(Inflight(1), Math.Max((1 - Headroom) * _inflightLong, MinimumWindow)))
                {
                    StartCruise();
                }
                break;
            case BbrState.ProbeCruise:
                if (TimeToProbe(now))
                {
                    StartRefill();
                }
                break;
            case BbrState.ProbeRefill:
                if (_roundStarted && Rounds > _roundMark)
                {
                    StartUp(now);
                }
                break;
            case BbrState.ProbeUp:
                RaiseLong();
                if (_roundStarted && Rounds > _roundMark && UpIsFull(inFlight))
                {
                    StartDown(now);
                }
                break;
            default:
                break;
        }
    }

    private bool TimeToProbe(Instant now)
    {
        // As often as Reno would grow back, at most every 63 rounds; or after two to three seconds.
        var rounds = Math.Min(63, Product(1) / _datagram);
        return now > _cycleAt + _probeWait || _roundsSinceProbe >= Math.Max(rounds, 1);
    }

    private void StartDown(Instant now)
    {
        ResetShort();
        _roundsSinceProbe = (long)(NextRandom() * 2);
        _probeWait = TimeSpan.FromSeconds(2 + NextRandom());
        _cycleAt = now;
        _sampling = false;
        State = BbrState.ProbeDown;
        _pacingGain = 0.9;
        _windowGain = WindowGain;
        // A new cycle: the maximum is of the last two.
        _rateBefore = _rateNow > 0 ? _rateNow : _rateBefore;
        _rateNow = 0;
    }

    private void StartCruise()
    {
        State = BbrState.ProbeCruise;
        _pacingGain = 1;
        _windowGain = WindowGain;
    }

    private void StartRefill()
    {
        ResetShort();
        State = BbrState.ProbeRefill;
        _pacingGain = 1;
        _windowGain = WindowGain;
        _upRounds = 0;
        _roundMark = Rounds;
        _roundEnd = _sampler.Delivered;
    }

    private void StartUp(Instant now)
    {
        State = BbrState.ProbeUp;
        _pacingGain = 1.25;
        _windowGain = UpWindowGain;
        _cycleAt = now;
        _sampling = true;
        _roundMark = Rounds;
        _roundEnd = _sampler.Delivered;
        _upFullRate = MaxRate;
        _upFullRounds = 0;
        _upAcked = 0;
        _upStep = Math.Max(Window, _datagram);
    }

    /// <summary>The bound on what may be in flight grows while the probe uses it, faster in every round.</summary>
    private void RaiseLong()
    {
        if (double.IsPositiveInfinity(_inflightLong))
        {
            return;
        }
        if (_roundStarted)
        {
            _upStep = Math.Max(Window >> (int)Math.Min(_upRounds, 30), _datagram);
            _upRounds++;
        }
        _upAcked += _ackedNow;
        if (_upAcked >= _upStep)
        {
            _inflightLong += _upAcked / _upStep * _datagram;
            _upAcked %= _upStep;
        }
    }

    private bool UpIsFull(long inFlight)
    {
        if (MaxRate >= _upFullRate * 1.25)
        {
            _upFullRate = MaxRate;
            _upFullRounds = 0;
            return false;
        }
        // One round at 1.25 must show in flight; three without growth are enough in any case.
        return inFlight >= Inflight(1.25) || ++_upFullRounds >= 3;
    }

    private void ResetShort()
    {
        _rateShort = double.PositiveInfinity;
        _inflightShort = double.PositiveInfinity;
    }
}
