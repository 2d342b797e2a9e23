using System.Net.Sockets;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Net.Udp;

/// <summary>The loop over both ways to wait.</summary>
public abstract class NetworkLoopConformance
{
    internal abstract UdpImplementation Implementation { get; }

    [Fact]
    public async Task Datagrams_are_handed_in_and_answered_on_one_thread()
    {
        using var peer = Bind();
        var socket = Bind(carrier: 5);
        var threads = new HashSet<int>();
        var work = new LoopWork
        {
            OnReceive = (own, in batch, now) =>
            {
                threads.Add(Environment.CurrentManagedThreadId);
                for (var i = 0; i < batch.Count; i++)
                {
                    own.TrySend(batch.From, batch[i], batch[i].Length, 0, out _);
                }
            },
        };
        var loop = Run(work, socket);

        for (byte i = 0; i < 100; i++)
        {
            Assert.Equal(SendResult.Sent, peer.TrySend(To(socket), new[] { i, (byte)1 }, 1, 0, out _));
            var answer = new List<byte>();
            while (answer.Count < 2)
            {
                SocketPair.Await(peer, $"answer {i}");
                Assert.True(peer.TryReceive(out var batch));
                answer.AddRange(batch.Bytes);
            }
            Assert.Equal([i, (byte)1], answer);
        }

        await EndAsync(loop);
        Assert.Single(threads);
    }

    [Fact]
    public async Task A_post_from_another_thread_wakes_it_and_turns_it_no_more_than_that()
    {
        var loop = Run(new LoopWork(), Bind());
        await PostAsync(loop, () => { });
        var turns = loop.Turns;

        const int Posts = 50;
        for (var i = 0; i < Posts; i++)
        {
            await PostAsync(loop, () => { });
        }

        // One for each; one more where a wake-up was seen only after what it woke for.
        Assert.InRange(loop.Turns - turns, Posts, 2 * Posts + 1);
        await EndAsync(loop);
    }

    [Fact]
    public async Task A_deadline_comes_not_early_and_nothing_turns_before()
    {
        var turns = new List<(long Turn, TimeSpan Late)>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        NetworkLoop? loop = null;
        var deadline = Instant.Never;
        var work = new LoopWork
        {
            OnFinish = now =>
            {
                if (deadline != Instant.Never)
                {
                    turns.Add((loop!.Turns, now - deadline));
                }
                if (turns.Count == 4)
                {
                    done.TrySetResult();
                    return deadline = Instant.Never;
                }
                // Each of them has a part of a millisecond.
                return deadline = now + TimeSpan.FromMicroseconds(50_300);
            },
        };
        loop = new NetworkLoop(work, [Bind()], Implementation);
        _ = loop.RunAsync();

        await Watchdog.Within(done.Task, "four deadlines");
        await EndAsync(loop);

        Assert.Equal([1, 2, 3, 4], turns.Take(4).Select(turn => turn.Turn));
        Assert.All(turns.Take(4), turn => Assert.True(turn.Late >= TimeSpan.Zero, $"early by {-turn.Late}"));
    }

    [Fact]
    public async Task A_deadline_in_the_past_is_due_at_once()
    {
        var left = 100;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = new LoopWork
        {
            OnFinish = now =>
            {
                if (--left == 0)
                {
                    done.TrySetResult();
                }
                return left > 0 ? now - TimeSpan.FromSeconds(1) : Instant.Never;
            },
        };
        var loop = Run(work);

        await Watchdog.Within(done.Task, "a hundred turns");
        await EndAsync(loop);
    }

    [Fact]
    public async Task Posting_never_waits_and_says_when_too_much_is_there()
    {
        var loop = Run(new LoopWork());
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Assert.True(
            loop.TryPost(() =>
            {
                entered.Set();
                Assert.True(release.Wait(Watchdog.Patience), "The test did not release the loop.");
            })
        );
        Assert.True(entered.Wait(Watchdog.Patience), "Waited 60 s for the loop to run a post.");
        var ran = new List<int>();

        for (var i = 0; i < NetworkLoop.MaxPosted; i++)
        {
            var number = i;
            Assert.True(loop.TryPost(() => ran.Add(number)));
        }
        Assert.False(loop.TryPost(() => ran.Add(-1)));
        release.Set();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // There is room as soon as the loop has taken one.
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                    loop.TryPost(() =>
                    {
                        ran.Add(NetworkLoop.MaxPosted);
                        done.SetResult();
                    }),
                Watchdog.Patience
            ),
            "Waited 60 s for room."
        );
        await Watchdog.Within(done.Task, "the last post to run");

        Assert.Equal(Enumerable.Range(0, NetworkLoop.MaxPosted + 1), ran);
        await EndAsync(loop);
    }

    [Theory]
    [InlineData("receive")]
    [InlineData("post")]
    [InlineData("finish")]
    public async Task What_the_work_throws_ends_the_loop_and_comes_out(string where)
    {
        using var peer = Bind();
        var socket = Bind();
        var failure = new InvalidOperationException(where);
        var fail = false;
        var work = new LoopWork
        {
            OnReceive = (_, in _, _) => throw failure,
            OnFinish = _ => fail ? throw failure : Instant.Never,
        };
        var loop = new NetworkLoop(work, [socket], Implementation);
        var running = loop.RunAsync();
        switch (where)
        {
            case "receive":
                Assert.Equal(SendResult.Sent, peer.TrySend(To(socket), new byte[5], 5, 0, out _));
                break;
            case "post":
                Assert.True(loop.TryPost(() => throw failure));
                break;
            default:
                Assert.True(loop.TryPost(() => fail = true));
                break;
        }

        async Task EndedAsync() => await Watchdog.Within(running, "the end of the loop");
        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(EndedAsync));
        Assert.False(loop.TryPost(() => { }));
        Assert.Throws<ObjectDisposedException>(() => socket.TryReceive(out _));
        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => EndAsync(loop)));
    }

    [Fact]
    public async Task A_flood_holds_up_neither_posts_nor_the_end()
    {
        var socket = Bind();
        var received = 0;
        var work = new LoopWork
        {
            // Whatever comes is sent again, to itself, for ever.
            OnReceive = (own, in batch, now) =>
            {
                received++;
                own.TrySend(batch.From, batch.Bytes, batch.SegmentSize, 0, out _);
            },
        };
        var loop = Run(work, socket);
        await PostAsync(
            loop,
            () =>
            {
                for (var i = 0; i < 3; i++)
                {
                    socket.TrySend(To(socket, socket.Carrier), new byte[12_000], 1200, 0, out _);
                }
            }
        );

        for (var i = 0; i < 100; i++)
        {
            await PostAsync(loop, () => { });
        }
        await EndAsync(loop);
        Assert.True(received > 0, "there was no flood");
    }

    [Fact]
    public async Task Sockets_come_and_go_on_its_thread_only()
    {
        using var peer = Bind();
        var first = Bind();
        var second = Bind(carrier: 2);
        var heard = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = new LoopWork { OnReceive = (own, in _, _) => heard.TrySetResult(own.Carrier) };
        var loop = Run(work, first);

        Assert.Throws<InvalidOperationException>(() => loop.Add(second));
        Assert.Throws<InvalidOperationException>(() => loop.Remove(first));
        await PostAsync(
            loop,
            () =>
            {
                loop.Add(second);
                loop.Remove(first);
            }
        );
        Assert.Throws<ObjectDisposedException>(() => first.TryReceive(out _));
        Assert.Equal(SendResult.Sent, peer.TrySend(To(second), new byte[1], 1, 0, out _));

        Assert.Equal(2, await Watchdog.Within(heard.Task, "a datagram at the second socket"));
        await EndAsync(loop);
        Assert.Throws<ObjectDisposedException>(() => second.TryReceive(out _));
    }

    [Fact]
    public async Task A_loop_that_never_ran_ends_with_its_sockets()
    {
        var socket = Bind();
        var loop = new NetworkLoop(new LoopWork(), [socket], Implementation);

        await EndAsync(loop);

        Assert.Throws<ObjectDisposedException>(() => socket.TryReceive(out _));
        await Assert.ThrowsAsync<InvalidOperationException>(loop.RunAsync);
    }

    [Fact]
    public async Task Nothing_is_allocated_for_a_turn_or_a_datagram()
    {
        const int Warm = 500;
        const int Measured = 2_000;
        var socket = Bind();
        var received = 0;
        long before = 0;
        var allocated = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = new LoopWork
        {
            OnReceive = (own, in batch, now) =>
            {
                received++;
                if (received == Warm)
                {
                    before = GC.GetAllocatedBytesForCurrentThread();
                }
                if (received == Warm + Measured)
                {
                    allocated.TrySetResult(GC.GetAllocatedBytesForCurrentThread() - before);
                    return;
                }
                own.TrySend(batch.From, batch.Bytes, batch.SegmentSize, 1, out _);
            },
            OnFinish = now => now + TimeSpan.FromMilliseconds(5),
        };
        var loop = Run(work, socket);
        await PostAsync(loop, () => socket.TrySend(To(socket, socket.Carrier), new byte[1200], 1200, 0, out _));

        Assert.Equal(0, await Watchdog.Within(allocated.Task, $"{Warm + Measured} datagrams"));
        await EndAsync(loop);
    }

    private UdpSocket Bind(int carrier = 0) => SocketPair.Bind(Implementation, carrier, AddressFamily.InterNetwork);

    private NetworkLoop Run(LoopWork work, params UdpSocket[] sockets)
    {
        var loop = new NetworkLoop(work, sockets, Implementation);
        _ = loop.RunAsync();
        return loop;
    }

    private static NetworkPath To(UdpSocket socket, int carrier = 0) => SocketAddresses.ToPath(socket.Local, carrier);

    private static async Task PostAsync(NetworkLoop loop, Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(
            loop.TryPost(() =>
            {
                action();
                done.SetResult();
            })
        );
        await Watchdog.Within(done.Task, "a post to run");
    }

    private static Task EndAsync(NetworkLoop loop) => Watchdog.Within(loop.DisposeAsync(), "the end of the loop");
}
