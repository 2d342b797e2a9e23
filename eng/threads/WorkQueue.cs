using System.Diagnostics.CodeAnalysis;

namespace Toss;

/// <summary>
/// What is for one thread to do, in its order; compiled into the projects that have such a thread. In place of
/// BlockingCollection, which looks and yields a hundred times before it lets its thread sleep: with a commit, an answer of the
/// clipboard or of the network to wait for at every step, that took as much of the processor as a clip's whole way.
/// Thread-safe; <see cref="TryTake"/> is called by the one thread.
/// </summary>
internal sealed class WorkQueue<T> : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _queue = new();
    private readonly AutoResetEvent _more = new(false);
    private bool _sleeps;
    private bool _isComplete;

    /// <summary>False after <see cref="Complete"/>.</summary>
    public bool TryAdd(T work)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return false;
            }
            _queue.Enqueue(work);
            Rouse();
            return true;
        }
    }

    /// <summary>Waits for the next; false when all are taken and no more come.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T work)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_queue.TryDequeue(out work))
                {
                    return true;
                }
                if (_isComplete)
                {
                    return false;
                }
                _sleeps = true;
            }
            _more.WaitOne();
        }
    }

    /// <summary>What was added is still to be done.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Rouse();
        }
    }

    /// <summary>When the thread has ended.</summary>
    public void Dispose() => _more.Dispose();

    /// <summary>Behind the gate.</summary>
    private void Rouse()
    {
        if (_sleeps)
        {
            _sleeps = false;
            _more.Set();
        }
    }
}
