namespace Toss.Storage.Sqlite;

/// <summary>One thread that does all of a store's work, so that the agent's thread never waits for the disk.</summary>
internal sealed class StoreThread : IStoreWork
{
    // Without a bound of its own: the agent awaits almost every call.
    private readonly WorkQueue<Action> _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StoreThread() => new Thread(Loop) { IsBackground = true, Name = "toss-store" }.Start();

    public ValueTask<T> Run<T>(Func<T> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellation);
        }
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isTaken = _queue.TryAdd(() =>
        {
            // Once it runs it runs to its end: a commit is never half known.
            if (cancellation.IsCancellationRequested)
            {
                done.SetCanceled(cancellation);
                return;
            }
            try
            {
                done.SetResult(work());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
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
            work();
        }
        _queue.Dispose();
        _ended.SetResult();
    }
}
