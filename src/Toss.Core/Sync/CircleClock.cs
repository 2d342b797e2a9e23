using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>
/// The time a circle agrees on: the lower median of its members' clocks, as compared on live contact. One device with a
/// clock a day ahead can then neither claim every clipboard nor be kept from claiming any. Not thread-safe.
/// </summary>
public sealed class CircleClock
{
    /// <summary>A comparison is live if the answer came within this: its error is at most half as much.</summary>
    public static readonly TimeSpan LiveRoundTrip = TimeSpan.FromSeconds(10);

    /// <summary>Clocks are slewed by at most 0.05 %, and run apart by less: beyond this one was set, or the machine slept.</summary>
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(2);

    /// <summary>How much the error of a comparison grows: 200 ppm, as two cheap crystals run apart.</summary>
    private const int Drift = 5_000;

    private readonly SortedDictionary<DeviceId, Comparison> _compared = [];
    private readonly HashSet<DeviceId> _doubted = [];
    private TimeSpan? _ahead;

    /// <summary>How often this device's clock was set: each time all comparisons are lost, and peers are to be asked again.</summary>
    public int TimesSet { get; private set; }

    /// <summary>
    /// An answer of <paramref name="peer"/>, sealed when its clock said <paramref name="peerTime"/>, to something sent at
    /// <paramref name="askedAt"/>. Answers may have waited anywhere on either way, so the quickest is believed, as in NTP
    /// (RFC 5905 §10), until a newer one contradicts it: then a clock was set.
    /// </summary>
    /// <param name="peer">Who answered.</param>
    /// <param name="peerTime">By the peer's clock.</param>
    /// <param name="askedAt">By this device's wall clock, like <paramref name="now"/>.</param>
    /// <param name="now">The wall clock.</param>
    /// <param name="steady">The clock that nobody sets.</param>
    public void Compare(
        DeviceId peer,
        DateTimeOffset peerTime,
        DateTimeOffset askedAt,
        DateTimeOffset now,
        DateTimeOffset steady
    )
    {
        Notice(now, steady);
        var roundTrip = now - askedAt;
        if (roundTrip < TimeSpan.Zero || roundTrip > LiveRoundTrip)
        {
            return;
        }
        // Whether it is as before or not: the peer was asked.
        _doubted.Remove(peer);
        var newer = new Comparison(peerTime - (askedAt + (roundTrip / 2)), roundTrip / 2, steady);
        if (_compared.TryGetValue(peer, out var held))
        {
            var error = held.Error + ((steady - held.At) / Drift);
            if (newer.Error > error && (newer.Offset - held.Offset).Duration() <= newer.Error + error)
            {
                return;
            }
        }
        _compared[peer] = newer;
    }

    /// <summary>
    /// What a peer's clock showed when it sealed a greeting, which it does after its clock was set. The greeting may have
    /// waited, so it compares nothing; but if it is far from what is held, the peer is to be asked. True if it is.
    /// </summary>
    public bool Hear(DeviceId peer, DateTimeOffset peerTime, DateTimeOffset now) =>
        _compared.TryGetValue(peer, out var held)
        && (peerTime - (now + held.Offset)).Duration() > LiveRoundTrip
        && _doubted.Add(peer);

    /// <summary>The peer's clock seems to have been set since it was compared.</summary>
    public bool IsDoubted(DeviceId peer) => _doubted.Contains(peer);

    /// <summary>How far the peer's clock is ahead of mine; null if it was not compared yet.</summary>
    public TimeSpan? OffsetOf(DeviceId peer) => _compared.TryGetValue(peer, out var held) ? held.Offset : null;

    public void Forget(DeviceId peer)
    {
        _compared.Remove(peer);
        _doubted.Remove(peer);
    }

    /// <param name="now">The wall clock.</param>
    /// <param name="steady">The clock that nobody sets.</param>
    public DateTimeOffset Now(DateTimeOffset now, DateTimeOffset steady)
    {
        Notice(now, steady);
        var all = _compared.Values.Select(held => held.Offset).Append(TimeSpan.Zero).Order().ToList();
        return now + all[(all.Count - 1) / 2];
    }

    /// <summary>
    /// If this device's clock was set, what it was compared with says nothing any more. After a sleep the wall clock went on
    /// and the steady one may have stood: that looks the same, and costs one more comparison.
    /// </summary>
    public void Notice(DateTimeOffset now, DateTimeOffset steady)
    {
        var ahead = now - steady;
        if (_ahead is { } before && (ahead - before).Duration() > Jump)
        {
            _compared.Clear();
            _doubted.Clear();
            TimesSet++;
        }
        // Followed, so that slewing over months never adds up to a jump.
        _ahead = ahead;
    }

    /// <param name="Offset">Of the peer's clock from mine.</param>
    /// <param name="Error">The offset is off by at most this.</param>
    /// <param name="At">By the steady clock.</param>
    private readonly record struct Comparison(TimeSpan Offset, TimeSpan Error, DateTimeOffset At);
}
