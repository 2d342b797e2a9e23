namespace Toss.Core.Scheduling;

/// <summary>
/// A bell: rung any number of times, it wakes its one waiter once. The waiter goes on where it waited: the waits of
/// SemaphoreSlim, Task.WhenAny and Task.WaitAsync continue on the thread pool in between, which no seed replays.
/// Thread-safe.
/// </summary>
public sealed class Wake(TimeProvider time)
{
    private readonly Lock _gate = new();
    private Waiter<bool>? _waiter;
    private bool _rung;

    public void Ring()
    {
        Waiter<bool>? waiter;
        lock (_gate)
        {
            _rung = true;
            waiter = _waiter;
        }
        waiter?.TrySet(true);
    }

    /// <summary>Returns when rung since the last wait.</summary>
    public Task WaitAsync(CancellationToken cancellation) => WaitAsync(Timeout.InfiniteTimeSpan, cancellation);

    /// <summary>Returns when rung since the last wait, or after <paramref name="within"/>.</summary>
    public async Task WaitAsync(TimeSpan within, CancellationToken cancellation)
    {
        var waiter = new Waiter<bool>();
        lock (_gate)
        {
            _waiter = waiter;
            if (_rung)
            {
                waiter.TrySet(true);
            }
        }
        try
        {
            await waiter.WaitAsync(within, time, cancellation);
        }
        catch (TimeoutException)
        {
            // Time is one of the two things waited for.
        }
        finally
        {
            lock (_gate)
            {
                _waiter = null;
                _rung = false;
            }
        }
    }
}
