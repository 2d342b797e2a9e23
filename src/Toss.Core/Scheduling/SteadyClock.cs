namespace Toss.Core.Scheduling;

/// <summary>
/// Time for measuring how long something lasted: the wall clock when it was made, and from there on the monotonic one.
/// Somebody who sets the clock neither ends a wait nor makes it last.
/// </summary>
public sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _timestamp = time.GetTimestamp();

    public DateTimeOffset Now => _start + time.GetElapsedTime(_timestamp);
}
