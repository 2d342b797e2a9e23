namespace Toss.Testing.Simulation;

/// <summary>
/// One life of one process in the world: its continuations run here until it is killed, and none after. Killing it is
/// `kill -9`: no handler, no farewell.
/// </summary>
public sealed class SimContext(SimScheduler scheduler, string name) : SynchronizationContext
{
    public string Name { get; } = name;

    public bool IsAlive { get; private set; } = true;

    public void Kill() => IsAlive = false;

    public override void Post(SendOrPostCallback d, object? state) => scheduler.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nothing may block in a simulation.");

    public override SynchronizationContext CreateCopy() => this;

    internal void Run(SendOrPostCallback callback, object? state)
    {
        if (!IsAlive)
        {
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
