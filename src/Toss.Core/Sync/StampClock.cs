using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>
/// Gives stamps that only grow, whatever the wall clock does. Its last stamp is stored with each clip. If that lies
/// further ahead of the circle than peers believe, a clock was wrong and is right now: stamps start again from the
/// circle's time, since growing on would keep this device from every clipboard until then. Not thread-safe.
/// </summary>
public sealed class StampClock(DeviceId self, long lastMilliseconds, ushort lastCounter)
{
    public long LastMilliseconds { get; private set; } = lastMilliseconds;

    public ushort LastCounter { get; private set; } = lastCounter;

    /// <summary>The next stamp, later than all seen. <paramref name="circleNow"/>: <see cref="CircleClock.Now"/>.</summary>
    public ClipStamp Next(DateTimeOffset circleNow)
    {
        var milliseconds = circleNow.ToUnixTimeMilliseconds();
        var plausible = milliseconds + (long)Limits.StampAhead.TotalMilliseconds;
        if (milliseconds > LastMilliseconds || LastMilliseconds > plausible)
        {
            LastMilliseconds = milliseconds;
            LastCounter = 0;
        }
        else if (LastCounter == ushort.MaxValue)
        {
            LastMilliseconds++;
            LastCounter = 0;
        }
        else
        {
            LastCounter++;
        }
        return new ClipStamp(LastMilliseconds, LastCounter, self);
    }

    /// <summary>True if the stamp may move clocks and claim clipboards: not more than five minutes ahead of the circle.</summary>
    public static bool IsPlausible(ClipStamp stamp, DateTimeOffset circleNow) =>
        stamp.Time <= circleNow + Limits.StampAhead;

    /// <summary>A stamp of somebody else: mine come after it. An implausible one moves nothing.</summary>
    public void Observe(ClipStamp stamp, DateTimeOffset circleNow)
    {
        if (!IsPlausible(stamp, circleNow))
        {
            return;
        }
        // One of mine from when this clock was ahead must not hide what is seen now.
        var lastIsPlausible = LastMilliseconds <= (circleNow + Limits.StampAhead).ToUnixTimeMilliseconds();
        if (stamp.UnixMilliseconds > LastMilliseconds || !lastIsPlausible)
        {
            LastMilliseconds = stamp.UnixMilliseconds;
            LastCounter = stamp.Counter;
        }
        else if (stamp.UnixMilliseconds == LastMilliseconds && stamp.Counter > LastCounter)
        {
            LastCounter = stamp.Counter;
        }
    }
}
