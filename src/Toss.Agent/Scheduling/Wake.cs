namespace Toss.Agent.Scheduling;

/// <summary>A bell: rung any number of times, it wakes its one waiter once. Lives on the agent's thread.</summary>
internal sealed class Wake(TimeProvider time)
{
    private TaskCompletionSource? _waiter;
    private bool _rung;

    public void Ring()
    {
        _rung = true;
        _waiter?.TrySetResult();
    }

    /// <summary>Returns when rung since the last wait, or after <paramref name="timeout"/>.</summary>
    public async ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        if (!_rung)
        {
            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var delay = Task.Delay(timeout, time, timer.Token);
            await Task.WhenAny(_waiter.Task, delay);
            timer.Cancel();
            _waiter = null;
            cancellation.ThrowIfCancellationRequested();
        }
        _rung = false;
    }
}
