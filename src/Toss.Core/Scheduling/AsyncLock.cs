namespace Toss.Core.Scheduling;

/// <summary>
/// One at a time, in the order they came. In place of SemaphoreSlim, whose waits with a token continue on the thread pool
/// in between, which no seed replays. Lives on one thread, the agent's.
/// </summary>
public sealed class AsyncLock
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _held;

    /// <summary>Dispose what it gives to let the next one in.</summary>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_held)
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            using (cancellation.Register(() => turn.TrySetCanceled(cancellation)))
            {
                await turn.Task;
            }
        }
        _held = true;
        return new Held(this);
    }

    private void Leave()
    {
        while (_waiting.TryDequeue(out var next))
        {
            // The lock passes from hand to hand: nobody slips in between.
            if (next.TrySetResult())
            {
                return;
            }
        }
        _held = false;
    }

    private sealed class Held(AsyncLock owner) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!_left)
            {
                _left = true;
                owner.Leave();
            }
        }
    }
}
