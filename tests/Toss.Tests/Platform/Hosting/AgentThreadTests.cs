using Toss.Platform.Hosting;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Platform.Hosting;

public sealed class AgentThreadTests
{
    /// <summary>From several threads, and from its own: each one's posts in their order, and none lost or slept over.</summary>
    [Fact]
    public async Task What_is_posted_runs_once_in_order_on_the_one_thread()
    {
        const int Each = 20_000;
        using var thread = new AgentThread("test");
        var seen = new List<(int From, int Number)>();
        var threads = new HashSet<int>();
        var posters = Enumerable
            .Range(0, 3)
            .Select(from =>
                Task.Factory.StartNew(
                    () =>
                    {
                        for (var i = 0; i < Each; i++)
                        {
                            var number = i;
                            thread.Post(_ => thread.Post(_ => See(from, number), null), null);
                        }
                    },
                    TaskCreationOptions.LongRunning
                )
            );
        await Watchdog.Within(Task.WhenAll(posters), "all to be posted");
        // What is posted by the last of the first ones comes behind it.
        await Watchdog.Within(thread.RunAsync(() => Task.FromResult(true)), "the thread");
        await Watchdog.Within(thread.RunAsync(() => Task.FromResult(true)), "the thread again");

        Assert.Single(threads);
        Assert.All(
            seen.GroupBy(one => one.From),
            group => Assert.Equal(Enumerable.Range(0, Each), group.Select(one => one.Number))
        );
        Assert.Equal(3 * Each, seen.Count);

        void See(int from, int number)
        {
            seen.Add((from, number));
            threads.Add(Environment.CurrentManagedThreadId);
        }
    }

    /// <summary>Each time it sleeps before the next is posted, or is about to.</summary>
    [Fact]
    public async Task It_wakes_for_each_that_comes_alone()
    {
        using var thread = new AgentThread("test");
        for (var i = 0; i < 5_000; i++)
        {
            await Watchdog.Within(thread.RunAsync(() => Task.FromResult(true)), "an answer");
        }
    }

    [Fact]
    public void What_was_posted_before_the_end_still_runs_and_what_comes_later_is_dropped()
    {
        var ran = 0;
        var thread = new AgentThread("test");
        for (var i = 0; i < 100; i++)
        {
            thread.Post(_ => ran++, null);
        }
        thread.Dispose();
        Assert.Equal(100, ran);
        thread.Post(_ => ran++, null);
        Assert.Equal(100, ran);
    }
}
