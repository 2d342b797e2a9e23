using Toss.Testing.Agents;
using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Large content takes the place of what is oldest, and no more than there is.</summary>
public sealed class ContentRoomTests
{
    private const int Nearly = 700_000;

    /// <summary>Both fit by themselves, not together: one after the other they take their place, and small copies keep theirs.</summary>
    [Fact]
    public void Two_large_copies_that_come_at_once_do_not_empty_the_history()
    {
        var world = new SimWorld(31);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        b.Call(control => control.SetConfigAsync("history-size", "1", default));
        for (var number = 0; number < 5; number++)
        {
            var text = $"small {number}";
            Copy(a, text);
            world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromMinutes(1), text);
        }
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        b.Kill();
        foreach (var seed in (ulong[])[1, 2])
        {
            a.Call(control =>
                control.CopyAsync(
                    "application/octet-stream",
                    new MemoryStream(TestContent.Noise(Nearly, seed)),
                    false,
                    default
                )
            );
        }
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        b.Start();
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromMinutes(10), "B to have answered");
        Assert.Equal(5, b.History.Count(stored => stored.Clip.Size < 100));
        Assert.Single(b.History, stored => stored.Clip.Size == Nearly);
    }
}
