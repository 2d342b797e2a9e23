using System.Collections.Concurrent;

namespace Toss.Storage.Sqlite;

/// <summary>One thread that does all of a store's work, so that the agent's thread never waits for the disk.</summary>
internal sealed class StoreThread : IStoreWork
{
    /// <summary>The agent awaits almost every call; more than this many at once is a mistake, and the caller waits.</summary>
    private const int Capacity = 1024;

    private readonly BlockingCollection<Action> _queue = new(Capacity);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StoreThread() => new Thread(Loop) { IsBackground = true, Name = "toss-store" }.Start();

    public ValueTask<T> Run<T>(Func<T> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellation);
        }
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(
            () =>
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
            },
            cancellation
        );
        return new ValueTask<T>(done.Task);
    }

    public ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        return new ValueTask(_ended.Task);
    }

    private void Loop()
    {
        foreach (var work in _queue.GetConsumingEnumerable())
        {
            work();
        }
        _queue.Dispose();
        _ended.SetResult();
    }
}
