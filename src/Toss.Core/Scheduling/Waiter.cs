namespace Toss.Core.Scheduling;

/// <summary>
/// One answer for one waiter, who goes on where he waited (see <see cref="Wake"/>) and never inside the call that sets it.
/// </summary>
public sealed class Waiter<T>
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSet => _source.Task.IsCompleted;

    /// <summary>False if it was set, or given up, before.</summary>
    public bool TrySet(T answer) => _source.TrySetResult(answer);

    public async Task<T> WaitAsync(CancellationToken cancellation)
    {
        using var registration = cancellation.UnsafeRegister(_ => _source.TrySetCanceled(cancellation), null);
        return await _source.Task;
    }

    /// <summary>
    /// Once. Throws <see cref="TimeoutException"/> after <paramref name="within"/>; no answer is taken then. Of a time that is past
    /// nothing is left to wait. Timers cut to whole milliseconds: rounded up, or who waits until a moment would wake before it,
    /// again and again.
    /// </summary>
    public async Task<T> WaitAsync(TimeSpan within, TimeProvider time, CancellationToken cancellation)
    {
        if (within == Timeout.InfiniteTimeSpan || IsSet)
        {
            return await WaitAsync(cancellation);
        }
        using var timer = time.CreateTimer(
            _ => _source.TrySetException(new TimeoutException()),
            null,
            TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(within.TotalMilliseconds))),
            Timeout.InfiniteTimeSpan
        );
        return await WaitAsync(cancellation);
    }
}
