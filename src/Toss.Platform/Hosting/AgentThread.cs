namespace Toss.Platform.Hosting;

/// <summary>
/// The single thread an agent runs on: what is posted runs in order, and everything awaited there comes back there. A
/// simulation uses its own scheduler in place of this one.
/// </summary>
public sealed class AgentThread : SynchronizationContext, IDisposable
{
    private readonly WorkQueue<(SendOrPostCallback Callback, object? State)> _work = new();
    private readonly Thread _thread;

    public AgentThread(string name = "agent")
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>When the agent has ended, a late answer of the world has nobody to go to.</summary>
    public override void Post(SendOrPostCallback d, object? state) => _work.TryAdd((d, state));

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nothing may block on the agent's thread.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs work on the thread and completes with its answer.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            async _ =>
            {
                try
                {
                    done.SetResult(await work());
                }
                catch (Exception failure)
                {
                    done.SetException(failure);
                }
            },
            null
        );
        return done.Task;
    }

    /// <summary>Ends the thread once what was posted has run.</summary>
    public void Dispose()
    {
        _work.Complete();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
            _work.Dispose();
        }
    }

    private void Run()
    {
        SetSynchronizationContext(this);
        while (_work.TryTake(out var next))
        {
            next.Callback(next.State);
        }
    }
}
