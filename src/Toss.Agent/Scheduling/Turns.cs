using Toss.Core.Scheduling;

namespace Toss.Agent.Scheduling;

/// <summary>Work that is done one at a time, in the order it was asked for. For one thread.</summary>
internal sealed class Turns
{
    // The turn of whoever came last.
    private Waiter<bool>? _last;

    public async ValueTask<T> RunAsync<T>(Func<ValueTask<T>> work, CancellationToken cancellation)
    {
        var (before, mine) = (_last, new Waiter<bool>());
        _last = mine;
        try
        {
            if (before is not null)
            {
                await before.WaitAsync(cancellation);
            }
            return await work();
        }
        finally
        {
            mine.TrySet(true);
        }
    }
}
