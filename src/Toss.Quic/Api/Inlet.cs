namespace Toss.Quic;

/// <summary>Things that the loop brings and anybody takes, in order. For all threads.</summary>
/// <param name="capacity">When so many wait, the oldest is dropped for a new one.</param>
internal sealed class Inlet<T>(int capacity = int.MaxValue)
{
    // Also the lock; nothing of others is called under it.
    private readonly Queue<T> _waiting = new();
    private readonly Queue<Waiter<T>> _takers = new();
    private Exception? _end;

    /// <summary>How many were dropped for want of room.</summary>
    public long Dropped { get; private set; }

    /// <summary>How many wait to be taken.</summary>
    public int Count
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count;
            }
        }
    }

    public void Add(T thing)
    {
        lock (_waiting)
        {
            if (_end is not null)
            {
                return;
            }
            while (_takers.TryDequeue(out var taker))
            {
                if (taker.TryClaim())
                {
                    taker.Give(thing);
                    return;
                }
            }
            if (_waiting.Count >= capacity)
            {
                _ = _waiting.Dequeue();
                Dropped++;
            }
            _waiting.Enqueue(thing);
        }
    }

    /// <summary>Nothing comes any more: who takes gets what waits, and then this.</summary>
    public void End(Exception exception)
    {
        lock (_waiting)
        {
            if (_end is not null)
            {
                return;
            }
            _end = exception;
            while (_takers.TryDequeue(out var taker))
            {
                taker.TryFail(exception);
            }
        }
    }

    public Task<T> TakeAsync(CancellationToken cancellation)
    {
        var taker = new Waiter<T>();
        lock (_waiting)
        {
            if (_waiting.TryDequeue(out var thing))
            {
                return Task.FromResult(thing);
            }
            if (_end is not null)
            {
                return Task.FromException<T>(_end);
            }
            // Who gave up makes room.
            while (_takers.TryPeek(out var gone) && gone.IsClaimed)
            {
                _ = _takers.Dequeue();
            }
            _takers.Enqueue(taker);
        }
        return taker.WaitAsync(cancellation);
    }
}
