namespace Toss.Testing.Simulation;

/// <summary>A timer in virtual time; silent once its process is dead.</summary>
internal sealed class SimTimer(SimScheduler scheduler, SimContext context, TimerCallback callback, object? state)
    : ITimer
{
    private long _slept;
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
            Arm(dueTime);
        }
        return true;
    }

    /// <summary>After a sleep that began then, in which it became due.</summary>
    public void Resume(long asleepSince)
    {
        if (_armed)
        {
            Arm(TimeSpan.FromTicks(Due - asleepSince));
        }
    }

    public void Dispose() => _armed = false;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Arm(TimeSpan due)
    {
        _slept = context.Slept;
        scheduler.Arm(this, due);
    }

    internal void Fire()
    {
        if (context.IsAsleep)
        {
            context.Hold(this);
            return;
        }
        if (context.Slept > _slept)
        {
            // Its time stood meanwhile.
            Arm(TimeSpan.FromTicks(context.Slept - _slept));
            return;
        }
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
