namespace Toss.Net;

/// <summary>
/// Set any number of times, it lets its one waiter go once. Its continuations stay where the waiter was, which
/// SemaphoreSlim's with a token do not. Thread-safe.
/// </summary>
internal sealed class AsyncSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiter;
    private bool _set;

    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            _set = true;
            waiter = _waiter;
        }
        waiter?.TrySetResult();
    }

    public Task WaitAsync(CancellationToken cancellation) =>
        WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);

    /// <summary>Returns when set since the last wait, or after <paramref name="within"/>.</summary>
    public async Task WaitAsync(TimeSpan within, TimeProvider time, CancellationToken cancellation)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiter = waiter;
            if (_set)
            {
                waiter.SetResult();
            }
        }
        try
        {
            await waiter.Task.WaitAsync(within, time, cancellation);
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
                _set = false;
            }
        }
    }
}
