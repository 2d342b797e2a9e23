namespace Toss.Quic.Congestion;

/// <summary>
/// Spreads packets over the round trip (RFC 9002 §7.7): a token bucket filled at the controller's rate. It holds ten
/// packets, the initial window, or one batch of segmentation offload if that is larger, or a <see cref="Quantum"/> of a fast
/// path: there a timer is late by as long as a batch takes, and what it was late for must not be lost.
/// <para>Once it is empty it opens again for a millisecond's worth, not for each packet: a datagram sent alone costs ten times
/// as much as one of a batch (BBR draft, "Send Quantum").</para>
/// </summary>
internal sealed class Pacer
{
    public const int BurstPackets = 10;

    /// <summary>Seconds of the rate.</summary>
    public const double Quantum = 0.001;

    private readonly long _capacity;
    private double _tokens;
    private Instant _filledAt;
    private bool _started;
    private bool _isRefilling;

    public Pacer(int datagram, int batch)
    {
        _capacity = Math.Max((long)BurstPackets * datagram, batch);
        _tokens = _capacity;
    }

    public Instant NextSend(int bytes, double rate, Instant now)
    {
        Fill(rate, now);
        // A packet larger than the bucket waits for a full one.
        var wanted = (double)Math.Min(bytes, _capacity);
        _isRefilling |= wanted > _tokens;
        if (_isRefilling)
        {
            wanted = Math.Max(wanted, Math.Min(rate * Quantum, _capacity));
        }
        var missing = wanted - _tokens;
        _isRefilling = missing > 0;
        return _isRefilling
            ? now + TimeSpan.FromTicks((long)Math.Ceiling(missing / rate * TimeSpan.TicksPerSecond))
            : now;
    }

    /// <summary>Probes may overdraw; the debt is no more than a bucket.</summary>
    public void OnSent(int bytes, double rate, Instant now)
    {
        Fill(rate, now);
        _tokens = Math.Max(_tokens - bytes, -_capacity);
    }

    private void Fill(double rate, Instant now)
    {
        if (_started && now > _filledAt)
        {
            var capacity = Math.Max(_capacity, rate * Quantum);
            _tokens = Math.Min(capacity, _tokens + (rate * (now - _filledAt).TotalSeconds));
        }
        _filledAt = now;
        _started = true;
    }
}
