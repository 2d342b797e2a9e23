namespace Toss.Testing.Simulation;

/// <summary>A timer in virtual time; silent once its process is dead.</summary>
internal sealed class SimTimer(SimScheduler scheduler, SimContext context, TimerCallback callback, object? state)
    : ITimer
{
    private TimeSpan _period = Timeout.InfiniteTimeSpan;
    private bool _armed;

    public long Due { get; set; }

    public bool IsArmed => _armed && context.IsAlive;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        _armed = dueTime != Timeout.InfiniteTimeSpan;
        if (_armed)
        {
            scheduler.Arm(this, dueTime);
        }
        return true;
    }

    public void Dispose() => _armed = false;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire()
    {
        _armed = false;
        if (_period > TimeSpan.Zero)
        {
            Change(_period, _period);
        }
        // As on the thread pool: no context of its own; what it completes goes back to its waiter's.
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            callback(state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
