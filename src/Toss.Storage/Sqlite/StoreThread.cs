namespace Toss.Storage.Sqlite;

/// <summary>
/// One thread that does all of a store's work, so that the agent's thread never waits for the disk to be written. A look at a few
/// rows, which are in memory mostly, is done on the caller if nothing else is under way: to hand it over and back would take
/// several times as long.
/// </summary>
internal sealed class StoreThread : IStoreWork
{
    // Without a bound of its own: the agent awaits almost every call.
    private readonly WorkQueue<Action> _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Held by whoever works.
    private readonly Lock _turn = new();

    // Handed over and not done. Only callers raise it, so that who finds none keeps the order of the calls.
    private int _waiting;

    public StoreThread() => new Thread(Loop) { IsBackground = true, Name = "toss-store" }.Start();

    public ValueTask<T> Run<T>(Func<T> work, bool isLook, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellation);
        }
        if (isLook && Volatile.Read(ref _waiting) == 0 && _turn.TryEnter())
        {
            try
            {
                return ValueTask.FromResult(work());
            }
            catch (Exception failure)
            {
                return ValueTask.FromException<T>(failure);
            }
            finally
            {
                _turn.Exit();
            }
        }
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref _waiting);
        var isTaken = _queue.TryAdd(() =>
        {
            // Once it runs it runs to its end: a commit is never half known.
            if (cancellation.IsCancellationRequested)
            {
                Leave();
                done.SetCanceled(cancellation);
                return;
            }
            T result;
            try
            {
                result = work();
            }
            catch (Exception failure)
            {
                Leave();
                done.SetException(failure);
                return;
            }
            Leave();
            done.SetResult(result);
        });
        ObjectDisposedException.ThrowIf(!isTaken, this);
        return new ValueTask<T>(done.Task);
    }

    public ValueTask DisposeAsync()
    {
        _queue.Complete();
        return new ValueTask(_ended.Task);
    }

    private void Loop()
    {
        while (_queue.TryTake(out var work))
        {
            _turn.Enter();
            work();
        }
        _queue.Dispose();
        _ended.SetResult();
    }

    /// <summary>Before the answer is given: who has it may look at once.</summary>
    private void Leave()
    {
        Interlocked.Decrement(ref _waiting);
        _turn.Exit();
    }
}
