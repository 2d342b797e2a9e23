namespace Toss.Quic;

/// <summary>
/// Somebody who waits for one result: whoever claims it first, the giver or the cancellation, decides. A result that nobody
/// takes is therefore never made.
/// </summary>
internal sealed class Waiter<T>
{
    // Never on the giver's stack: that is the loop's.
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _claimed;

    public bool IsClaimed => Volatile.Read(ref _claimed) != 0;

    /// <summary>True once; then <see cref="Give"/> or <see cref="Fail"/> must follow.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    public void Give(T result) => _source.SetResult(result);

    public void Fail(Exception exception) => _source.SetException(exception);

    public void TryFail(Exception exception)
    {
        if (TryClaim())
        {
            Fail(exception);
        }
    }

    public async Task<T> WaitAsync(CancellationToken cancellation)
    {
        using var registration = cancellation.UnsafeRegister(
            static (state, token) => ((Waiter<T>)state!).Cancel(token),
            this
        );
        return await _source.Task;
    }

    private void Cancel(CancellationToken cancellation)
    {
        if (TryClaim())
        {
            _source.SetCanceled(cancellation);
        }
    }
}
