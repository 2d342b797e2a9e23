using Toss.Storage.Sqlite;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Storage;

/// <summary>One piece of work at a time, in the order of the calls, wherever it runs.</summary>
public sealed class StoreThreadTests : IAsyncLifetime
{
    private readonly StoreThread _thread = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _thread.DisposeAsync();

    [Fact]
    public async Task A_look_is_done_on_its_caller_and_the_rest_on_the_thread()
    {
        var here = Environment.CurrentManagedThreadId;
        var look = _thread.Run(() => Environment.CurrentManagedThreadId, isLook: true, CancellationToken.None);
        Assert.True(look.IsCompletedSuccessfully);
        Assert.Equal(here, await look);
        Assert.NotEqual(
            here,
            await _thread.Run(() => Environment.CurrentManagedThreadId, false, CancellationToken.None)
        );
    }

    [Fact]
    public async Task A_look_comes_after_what_was_asked_before_it()
    {
        using var goOn = new ManualResetEventSlim();
        var written = 0;
        var commit = _thread.Run(
            () =>
            {
                goOn.Wait(Watchdog.Patience);
                return written = 1;
            },
            isLook: false,
            CancellationToken.None
        );
        var look = _thread.Run(() => written, isLook: true, CancellationToken.None);
        Assert.False(look.IsCompleted);
        goOn.Set();
        Assert.Equal(1, await Watchdog.Within(look, "the look"));
        await commit;
        Assert.True(IsDoneAtOnce());
    }

    [Fact]
    public async Task Whatever_fails_or_is_not_wanted_any_more_lets_the_next_one_in()
    {
        using var stopped = new CancellationTokenSource();
        using var goOn = new ManualResetEventSlim();
        foreach (var isLook in (bool[])[true, false])
        {
            await Assert.ThrowsAsync<InvalidOperationException>(async () =>
                await _thread.Run<int>(() => throw new InvalidOperationException(), isLook, CancellationToken.None)
            );
        }
        var first = _thread.Run(() => goOn.Wait(Watchdog.Patience), isLook: false, CancellationToken.None);
        var unwanted = _thread.Run(() => 1, isLook: false, stopped.Token);
        stopped.Cancel();
        goOn.Set();
        Assert.True(await first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await unwanted);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await _thread.Run(() => 1, isLook: true, stopped.Token)
        );
        Assert.True(IsDoneAtOnce());
    }

    [Fact]
    public async Task Two_never_work_at_the_same_time()
    {
        var (inside, most) = (0, 0);
        int Work()
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            Thread.SpinWait(50);
            return Interlocked.Decrement(ref inside);
        }
        for (var i = 0; i < 2000; i++)
        {
            // Not awaited: the look meets the other one in all stages of its work.
            var other = _thread.Run(Work, isLook: false, CancellationToken.None);
            Thread.SpinWait(i % 100);
            await _thread.Run(Work, isLook: true, CancellationToken.None);
            await other;
        }
        Assert.Equal(1, most);
    }

    private bool IsDoneAtOnce()
    {
        var look = _thread.Run(() => 1, isLook: true, CancellationToken.None);
        return look.IsCompletedSuccessfully;
    }
}
