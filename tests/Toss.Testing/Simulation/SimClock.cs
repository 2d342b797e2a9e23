namespace Toss.Testing.Simulation;

/// <summary>The clock of one process: the world's time, and an offset of its own for the wall clock, which may jump. Asleep, the steady one stands.</summary>
public sealed class SimClock(SimScheduler scheduler, SimContext context) : TimeProvider
{
    /// <summary>How far this wall clock is from the world's.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        scheduler.Look();
        return scheduler.Now + Offset;
    }

    public override long GetTimestamp() => scheduler.Ticks - context.Slept;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(scheduler, context, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
