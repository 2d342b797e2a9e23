using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>
/// The time a circle agrees on: the lower median of its members' clocks, as compared on live contact. One device with a
/// clock a day ahead can then neither claim every clipboard nor be kept from claiming any. Not thread-safe.
/// </summary>
public sealed class CircleClock
{
    /// <summary>A comparison is live if the answer came within this: its error is at most as much.</summary>
    public static readonly TimeSpan LiveRoundTrip = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<DeviceId, TimeSpan> _offsets = [];

    /// <summary>An answer of <paramref name="peer"/>, sealed when its clock said <paramref name="peerTime"/>, to something sent at <paramref name="askedAt"/>.</summary>
    public void Compare(DeviceId peer, DateTimeOffset peerTime, DateTimeOffset askedAt, DateTimeOffset now)
    {
        var roundTrip = now - askedAt;
        if (roundTrip < TimeSpan.Zero || roundTrip > LiveRoundTrip)
        {
            return;
        }
        _offsets[peer] = peerTime - (askedAt + (roundTrip / 2));
    }

    /// <summary>How far the peer's clock is ahead of mine; null if it was not compared yet.</summary>
    public TimeSpan? OffsetOf(DeviceId peer) => _offsets.TryGetValue(peer, out var offset) ? offset : null;

    public void Forget(DeviceId peer) => _offsets.Remove(peer);

    public DateTimeOffset Now(DateTimeOffset now)
    {
        var all = _offsets.Values.Append(TimeSpan.Zero).Order().ToList();
        return now + all[(all.Count - 1) / 2];
    }
}
