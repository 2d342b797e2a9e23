namespace Toss.Testing.Simulation;

/// <summary>
/// One life of one process in the world: its continuations run here until it is killed, and none after. Killing it is
/// `kill -9`: no handler, no farewell.
/// </summary>
public sealed class SimContext(SimScheduler scheduler, string name) : SynchronizationContext
{
    public string Name { get; } = name;

    public bool IsAlive { get; private set; } = true;

    /// <summary>The machine is suspended: nothing of it runs, and its steady clock stands.</summary>
    public bool IsAsleep { get; private set; }

    /// <summary>Ticks that it slept so far, this sleep not counted.</summary>
    public long Slept { get; private set; }

    private readonly List<(SendOrPostCallback Callback, object? State)> _heldCallbacks = [];
    private readonly List<SimTimer> _heldTimers = [];
    private long _asleepSince;

    public void Kill() => IsAlive = false;

    public override void Post(SendOrPostCallback d, object? state) => scheduler.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nothing may block in a simulation.");

    public override SynchronizationContext CreateCopy() => this;

    internal void Sleep() => (IsAsleep, _asleepSince) = (true, scheduler.Ticks);

    /// <summary>What became due meanwhile is due as long after the wake as it was after the beginning of the sleep.</summary>
    internal void WakeUp()
    {
        IsAsleep = false;
        Slept += scheduler.Ticks - _asleepSince;
        _heldTimers.ForEach(timer => timer.Resume(_asleepSince));
        _heldTimers.Clear();
        _heldCallbacks.ForEach(held => Post(held.Callback, held.State));
        _heldCallbacks.Clear();
    }

    /// <summary>A timer that fired in the sleep.</summary>
    internal void Hold(SimTimer timer) => _heldTimers.Add(timer);

    internal void Run(SendOrPostCallback callback, object? state)
    {
        if (!IsAlive)
        {
            return;
        }
        if (IsAsleep)
        {
            _heldCallbacks.Add((callback, state));
            return;
        }
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        catch (SimKilledException) when (!IsAlive)
        {
            // It died in the middle.
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}

/// <summary>Unwinds the stack of a process that was killed inside a call.</summary>
public sealed class SimKilledException : Exception;
