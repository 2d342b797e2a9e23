namespace Toss.Testing.Relay;

/// <summary>A wall clock that somebody sets, over a monotonic one that nobody can.</summary>
public sealed class SetClock(TimeProvider steady) : TimeProvider
{
    /// <summary>How far ahead it was set.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => steady.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => steady.GetUtcNow() + Offset;

    public override long GetTimestamp() => steady.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        steady.CreateTimer(callback, state, dueTime, period);
}
