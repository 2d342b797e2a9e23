using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Net.Quic;

/// <summary>QUIC over real sockets, on both kinds of them.</summary>
public abstract class UdpQuicDriverConformance
{
    private const long Length = 64 << 20;
    private const int Rounds = 10;

    internal abstract UdpImplementation Implementation { get; }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Much_goes_both_ways_at_once(string address)
    {
        var loopback = IPAddress.Parse(address);
        await using var pair = DriverPair.Start(Implementation, [loopback], loopback);
        var (client, server) = await pair.ConnectAsync();

        var atServer = ServeAsync();
        var atClient = ServeAsync(await client.OpenStreamAsync(), 1);
        var (sentByClient, receivedByClient) = await Watchdog.Within(atClient, "the client's half");
        var (sentByServer, receivedByServer) = await Watchdog.Within(atServer, "the server's half");

        Assert.Equal(sentByClient, receivedByServer);
        Assert.Equal(sentByServer, receivedByClient);
        Assert.NotEqual(sentByClient, sentByServer);

        async Task<(byte[], byte[])> ServeAsync(QuicStream? stream = null, int seed = 2)
        {
            stream ??= await server.AcceptStreamAsync();
            var sending = DriverPair.SendAsync(stream, seed, Length);
            var received = await DriverPair.ReceiveAsync(stream);
            var sent = await sending;
            await stream.WritesClosed;
            return (sent, received);
        }
    }

    [Fact]
    public async Task A_peer_whose_loop_stops_without_a_word_is_missed_after_the_idle_time_out()
    {
        var idle = TimeSpan.FromSeconds(1.5);
        await using var pair = DriverPair.Start(
            Implementation,
            [IPAddress.Loopback],
            IPAddress.Loopback,
            options => options with { IdleTimeout = idle }
        );
        var (client, server) = await pair.ConnectAsync();
        var stream = await client.OpenStreamAsync();
        await stream.WriteAsync(new byte[1]);
        var theirs = await Watchdog.Within(server.AcceptStreamAsync(), "the stream");
        var reading = Assert.ThrowsAsync<QuicException>(async () =>
            Assert.Equal(-1, await stream.ReadAsync(new byte[1]))
        );
        var since = System.Diagnostics.Stopwatch.GetTimestamp();

        await pair.ServerDriver.DisposeAsync();
        var reason = await Watchdog.Within(client.Closed, "the idle time-out");

        var took = System.Diagnostics.Stopwatch.GetElapsedTime(since);
        Assert.Equal(CloseCause.Idle, reason.Cause);
        Assert.Equal(QuicErrorReason.IdleTimeout, (await Watchdog.Within(reading, "the reader")).Reason);
        Assert.True(took > TimeSpan.FromSeconds(1), $"{took}");
        // Those of the stopped side are told, too.
        var own = await Assert.ThrowsAsync<QuicException>(async () => await theirs.WriteAsync(new byte[1]));
        Assert.Equal(QuicErrorReason.EndpointEnded, own.Reason);
    }

    [Fact]
    public async Task A_socket_that_disappears_in_mid_transfer_is_left_for_another_without_loss()
    {
        await using var pair = DriverPair.Start(
            Implementation,
            [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")],
            IPAddress.Loopback
        );
        var (client, server) = await pair.ConnectAsync();
        var middle = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = await client.OpenStreamAsync();
        var sending = DriverPair.SendAsync(
            stream,
            1,
            Length / 2,
            at => _ = at < Length / 4 || middle.TrySetResult(true)
        );
        var theirs = await Watchdog.Within(server.AcceptStreamAsync(), "the stream");
        var answering = DriverPair.SendAsync(theirs, 2, Length / 2);
        var receiving = DriverPair.ReceiveAsync(theirs);
        var reading = DriverPair.ReceiveAsync(stream);
        await Watchdog.Within(middle.Task, "the middle");

        pair.ClientDriver.CloseSocket(0);
        var second = UdpQuicDriver.PathTo(pair.ServerDriver.Locals[0], carrier: 1);
        Assert.True(await Watchdog.Within(client.MigrateAsync(second), "an answer on the other path"));

        Assert.Equal(await Watchdog.Within(sending, "sending"), await Watchdog.Within(receiving, "receiving"));
        Assert.Equal(await Watchdog.Within(answering, "answering"), await Watchdog.Within(reading, "reading"));
        Assert.Equal(second, client.Path);
        Assert.Equal(pair.ClientDriver.Locals[1].Port, server.Path.Port);
    }

    [Fact]
    public async Task What_is_not_QUIC_is_handed_over()
    {
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pair = DriverPair.Start(
            Implementation,
            [IPAddress.Loopback],
            IPAddress.Loopback,
            notQuic: (in _, bytes) => got.TrySetResult(bytes.ToArray())
        );
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

        socket.SendTo([0, 1, 2, 3], pair.ServerDriver.Locals[0]);

        Assert.Equal([0, 1, 2, 3], await Watchdog.Within(got.Task, "the datagram"));
    }

    [Fact]
    public async Task Goodbye_is_said_when_the_endpoint_is_disposed()
    {
        await using var pair = DriverPair.Start(Implementation, [IPAddress.Loopback], IPAddress.Loopback);
        var (client, server) = await pair.ConnectAsync();

        var disposing = pair.ClientEndpoint.DisposeAsync().AsTask();
        var reason = await Watchdog.Within(server.Closed, "the goodbye");

        Assert.Equal((CloseCause.Peer, true), (reason.Cause, reason.IsApplication));
        await Watchdog.Within(disposing, "the end of the endpoint");
        Assert.Equal(CloseCause.Local, (await client.Closed).Cause);
    }

    /// <summary>
    /// Nothing else turns the loop, so that an answer which is missed stays missed; and each answer has the next question
    /// asked while the turn is not over.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Whatever_is_asked_of_an_idle_loop_is_answered(int threads)
    {
        await using var pair = DriverPair.Start(Implementation, [IPAddress.Loopback], IPAddress.Loopback);
        var (client, _) = await pair.ConnectAsync();
        var asking = Enumerable.Range(0, threads).Select(_ => AskAsync()).ToArray();

        await Watchdog.Within(Task.WhenAll(asking), "all answers");

        async Task AskAsync()
        {
            for (var i = 0; i < 20_000; i++)
            {
                // The path in use works: the loop knows without asking.
                Assert.True(await client.ProbePathAsync(client.Path).ConfigureAwait(false));
            }
        }
    }

    /// <summary>
    /// With both applications polling their pipes: whoever awaits one is woken through the thread pool, which costs the loop
    /// an object for each time.
    /// </summary>
    [Fact]
    public async Task Packets_cost_the_loop_no_memory()
    {
        await using var pair = DriverPair.Start(Implementation, [IPAddress.Loopback], IPAddress.Loopback);
        var (client, server) = await pair.ConnectAsync();
        var ours = await client.OpenStreamAsync();
        await ours.WriteAsync(new byte[1]);
        var theirs = await Watchdog.Within(server.AcceptStreamAsync(), "the stream");
        var polling = Poll(ours.Output, theirs.Input, pair, client);

        var rounds = await Watchdog.Within(polling, "the transfer");

        // Blocks are added whenever more are under way than ever before, which a busy machine may do in any round; an object
        // for each packet, or for one in sixteen, would be more than a byte a packet in every one of them.
        Assert.All(rounds, round => Assert.True(round.Packets > 5_000, $"{round.Packets} packets"));
        Assert.True(rounds.Min(round => (double)round.Bytes / round.Packets) < 1, string.Join(", ", rounds));
    }

    private static Task<(long Bytes, long Packets)[]> Poll(
        PipeWriter writer,
        PipeReader reader,
        DriverPair pair,
        QuicConnection client
    ) =>
        Task.Factory.StartNew(
            () =>
            {
                var piece = new byte[16 * 1024];
                var rounds = new List<(long Bytes, long Packets)>();
                for (var round = 0; round < Rounds; round++)
                {
                    var (before, packetsBefore) = (Allocated(pair), Packets());
                    Move(24 << 20);
                    rounds.Add((Allocated(pair) - before, Packets() - packetsBefore));
                }
                return rounds.ToArray();

                void Move(long length)
                {
                    var (written, read) = (0L, 0L);
                    ValueTask<FlushResult> flush = default;
                    while (read < length - (1 << 20))
                    {
                        if (written < length && flush.IsCompleted)
                        {
                            writer.Write(piece);
                            written += piece.Length;
                            flush = writer.FlushAsync();
                        }
                        if (reader.TryRead(out var result))
                        {
                            read += result.Buffer.Length;
                            reader.AdvanceTo(result.Buffer.End);
                        }
                        else
                        {
                            _ = Thread.Yield();
                        }
                    }
                }

                long Packets() => client.Counters.DatagramsSent + client.Counters.DatagramsReceived;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private static long Allocated(DriverPair pair)
    {
        var total = 0L;
        foreach (var driver in (UdpQuicDriver[])[pair.ClientDriver, pair.ServerDriver])
        {
            using var done = new ManualResetEventSlim();
            Assert.True(
                driver.TryPost(() =>
                {
                    total += GC.GetAllocatedBytesForCurrentThread();
                    done.Set();
                })
            );
            Assert.True(done.Wait(TimeSpan.FromSeconds(60)), "Waited 60 s for the loop.");
        }
        return total;
    }
}
