namespace Toss.Agent.Scheduling;

/// <summary>Work for the agent's thread, asked for on any.</summary>
internal static class AgentWork
{
    /// <summary>Does it in its turn; the task ends as the work does, and goes on wherever it is awaited.</summary>
    public static Task<T> RunAsync<T>(this SynchronizationContext agent, Func<ValueTask<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        agent.Post(
            async _ =>
            {
                try
                {
                    done.TrySetResult(await work());
                }
                catch (OperationCanceledException cancelled)
                {
                    done.TrySetCanceled(cancelled.CancellationToken);
                }
                catch (Exception failure)
                {
                    done.TrySetException(failure);
                }
            },
            null
        );
        return done.Task;
    }
}
