using Toss.Core.Ports;
using Toss.Testing.Simulation;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Stage 12: a large clip is put on the clipboard beside the loop, and a newer one may come in just then.</summary>
public sealed class ApplyOrderTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    private readonly SimWorld _world = new(7);

    /// <summary>Nothing that is slow on the way of the older clip lets it cover the newer one.</summary>
    [Theory]
    [InlineData(nameof(IBlobStore.ReadChunksAsync))]
    [InlineData(nameof(IClipboard.ApplyAsync))]
    public void The_newest_stays_however_long_the_one_before_takes(string slow)
    {
        var (a, b) = (_world.AddDevice("a"), _world.AddDevice("b"));
        _world.Pair(a, b);
        var begun = false;
        b.Kill();
        b.Plant = ports =>
            ports with
            {
                Blobs = Interposed<IBlobStore>.Between(
                    ports.Blobs,
                    (call, _, goOn) => Delays(call) ? Later<ReadOnlyMemory<byte>?>(ports.Time, goOn) : goOn()
                ),
                Clipboard = Interposed<IClipboard>.Between(
                    ports.Clipboard,
                    (call, _, goOn) => Delays(call) ? Later<ApplyOutcome>(ports.Time, goOn) : goOn()
                ),
            };
        b.Start();
        _world.WaitConnected(b);

        Copy(a, new string('x', Limits.InlineContent + 1));
        _world.Scheduler.RunUntil(() => begun, TimeSpan.FromMinutes(5), "the large clip to come");
        Copy(a, "newest");
        _world.Scheduler.RunUntil(() => b.Text == "newest", TimeSpan.FromMinutes(5), "the newest clip to come");
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));

        Assert.Equal("newest", b.Text);

        bool Delays(string call)
        {
            var first = !begun && call == slow;
            begun |= first;
            return first;
        }
    }

    /// <summary>
    /// What comes while a copy is being recorded is not put over it, or this clipboard would hold what no other does; and is put
    /// in its place where it is newer after all.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_comes_while_a_copy_is_recorded_leaves_all_clipboards_alike(bool mineIsNewer)
    {
        var (a, b) = (_world.AddDevice("a"), _world.AddDevice("b"));
        _world.Pair(a, b);
        a.Kill();
        a.Plant = ports =>
            ports with
            {
                Store = Interposed<IAgentStore>.Between(
                    ports.Store,
                    (call, arguments, goOn) =>
                        call == nameof(IAgentStore.CommitAsync) && arguments[0] is StoreStep.RecordClip
                            ? Later<CommitResult>(ports.Time, goOn)
                            : goOn()
                ),
            };
        a.Start();
        _world.WaitConnected(a);
        foreach (var device in new[] { a, b })
        {
            device.Clipboard!.EchoAfter = null;
        }
        var (first, second) = mineIsNewer ? (b, a) : (a, b);
        first.Clipboard!.Copy("older");
        _world.Scheduler.RunFor(TimeSpan.FromMilliseconds(1));
        second.Clipboard!.Copy("newer");
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(2, a.History.Count);
        Assert.Equal(("newer", "newer"), (a.Text, b.Text));
    }

    private static object Later<T>(TimeProvider time, Func<object?> goOn)
    {
        return new ValueTask<T>(WaitAsync());

        async Task<T> WaitAsync()
        {
            await Task.Delay(Slow, time);
            return await (ValueTask<T>)goOn()!;
        }
    }
}
