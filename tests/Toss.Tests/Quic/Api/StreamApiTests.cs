using System.Buffers;
using System.Security.Cryptography;
using Toss.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Api;

/// <summary>Streams of the public interface.</summary>
public sealed class StreamApiTests
{
    [Fact]
    public void An_echo()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var echo = pair.Begin(pair.Server, () => EchoAsync(server));

        var answer = pair.Run(pair.Client, () => AskAsync(client, "hello"u8.ToArray()));

        Assert.Equal("hello"u8, answer);
        pair.Scheduler.RunUntil(() => echo().IsCompletedSuccessfully, TimeSpan.FromSeconds(5), "the echo");
    }

    [Fact]
    public void Much_both_ways_over_a_bad_link_by_streams_and_by_pipes()
    {
        var link = new SimLink
        {
            Delay = TimeSpan.FromMilliseconds(20),
            Jitter = TimeSpan.FromMilliseconds(5),
            Loss = 0.02,
        };
        var pair = new ApiPair(3, link);
        var (client, server) = pair.Connect();
        var (there, back) = (Bytes(1, 3_000_000), Bytes(2, 2_000_000));

        var atServer = pair.Begin(pair.Server, ServeAsync);
        var atClient = pair.Run(pair.Client, CallAsync);
        pair.Scheduler.RunUntil(() => atServer().IsCompleted, TimeSpan.FromSeconds(60), "the server");

        Assert.Equal(SHA256.HashData(back), atClient);
        Assert.Equal(SHA256.HashData(there), ApiPair.Result(atServer()));

        async Task<byte[]> CallAsync()
        {
            await using var stream = await client.OpenStreamAsync();
            var writing = WriteAsync(stream, there);
            var hash = await HashAsync(stream);
            await writing;
            await stream.WritesClosed;
            return hash;
        }

        async Task<byte[]> ServeAsync()
        {
            var stream = await server.AcceptStreamAsync();
            var writing = PipeAsync(stream, back);
            var hash = await HashAsync(stream);
            await writing;
            await stream.ReadsClosed;
            return hash;
        }

        static async Task PipeAsync(QuicStream stream, byte[] bytes)
        {
            for (var at = 0; at < bytes.Length; at += 10_000)
            {
                stream.Output.Write(bytes.AsSpan(at, Math.Min(10_000, bytes.Length - at)));
                await stream.Output.FlushAsync();
            }
            await stream.Output.CompleteAsync();
        }
    }

    [Fact]
    public void Who_does_not_read_holds_up_the_writer_and_keeps_little()
    {
        const int Window = 100_000;
        const int SendCapacity = 200_000;
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var bytes = Bytes(1, 3_000_000);
        long written = 0;
        var writing = pair.Begin(pair.Client, WriteSlowlyAsync);
        var stream = pair.Run(pair.Server, () => server.AcceptStreamAsync());

        pair.RunFor(10);
        Assert.False(writing().IsCompleted);
        // One piece of a pipe may go beyond its threshold.
        Assert.InRange(server.Counters.BytesReceived, QuicStream.PipeSize, QuicStream.PipeSize + Window + 64_000);
        Assert.InRange(written, 500_000, (2 * QuicStream.PipeSize) + Window + SendCapacity + 64_000);
        var before = written;
        pair.RunFor(10);
        Assert.Equal(before, written);

        var hash = pair.Run(pair.Server, async () => await HashAsync(stream));
        Assert.Equal(SHA256.HashData(bytes), hash);

        async Task WriteSlowlyAsync()
        {
            var stream = await client.OpenStreamAsync();
            for (var at = 0; at < bytes.Length; at += 1000)
            {
                await stream.WriteAsync(bytes.AsMemory(at, 1000));
                written += 1000;
            }
            stream.CompleteWrites();
        }
    }

    [Fact]
    public void A_stream_that_is_given_up_says_why_to_the_other_side()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var (ours, theirs) = Open(pair, client, server);

        ours.Abort(QuicAbort.Write, 7);
        ours.Abort(QuicAbort.Read, 9);
        var read = pair.Fails(pair.Server, async () => Assert.Equal(-1, await theirs.ReadAsync(new byte[10])));
        Assert.Equal((QuicErrorReason.StreamReset, 7), (read.Reason, read.Code));
        var write = pair.Fails(
            pair.Server,
            async () =>
            {
                while (true)
                {
                    await theirs.WriteAsync(new byte[1000]);
                }
            }
        );
        Assert.Equal((QuicErrorReason.StreamStopped, 9), (write.Reason, write.Code));
        var ownRead = pair.Fails(pair.Client, async () => Assert.Equal(-1, await ours.ReadAsync(new byte[10])));
        Assert.Equal((QuicErrorReason.StreamAborted, 9), (ownRead.Reason, ownRead.Code));
        var ownWrite = pair.Fails(pair.Client, async () => await ours.WriteAsync(new byte[10]));
        Assert.Equal((QuicErrorReason.StreamAborted, 7), (ownWrite.Reason, ownWrite.Code));
        Assert.Equal(QuicErrorReason.StreamReset, Reason(theirs.ReadsClosed));
        Assert.Equal(QuicErrorReason.StreamStopped, Reason(theirs.WritesClosed));
        // The connection is none the worse.
        Open(pair, client, server);
    }

    [Fact]
    public void A_reset_ends_a_waiting_read_and_a_stop_a_waiting_write()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var (ours, theirs) = Open(pair, client, server);
        var reading = pair.Begin(pair.Server, async () => await theirs.ReadAsync(new byte[10]));
        var writing = pair.Begin(pair.Server, async () => await WriteAsync(theirs, new byte[2_000_000]));
        pair.RunFor(5);
        Assert.False(reading().IsCompleted || writing().IsCompleted);

        ours.Abort(QuicAbort.Both, 3);
        pair.RunFor(1);

        Assert.Equal(QuicErrorReason.StreamReset, Reason(reading()));
        Assert.Equal(QuicErrorReason.StreamStopped, Reason(writing()));
    }

    [Fact]
    public void A_disposed_stream_brings_what_was_written_and_reads_no_more()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var (ours, theirs) = Open(pair, client, server);
        pair.Run(
            pair.Client,
            async () =>
            {
                await ours.WriteAsync(new byte[50_000]);
                await ours.DisposeAsync();
            }
        );

        var length = pair.Run(pair.Server, async () => (await ReadAllAsync(theirs)).Length);
        Assert.Equal(50_000, length);
        var write = pair.Fails(pair.Server, async () => await WriteAsync(theirs, new byte[1_000_000]));
        Assert.Equal((QuicErrorReason.StreamStopped, QuicStream.AbandonedCode), (write.Reason, write.Code));
    }

    [Fact]
    public void A_pipe_completed_with_an_exception_resets_the_stream()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var (ours, theirs) = Open(pair, client, server);

        ours.Output.Complete(new InvalidOperationException("of the application"));
        var read = pair.Fails(pair.Server, async () => await ReadAllAsync(theirs));
        Assert.Equal(QuicErrorReason.StreamReset, read.Reason);
    }

    [Fact]
    public void One_way_streams_have_one_side()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var ours = pair.Run(pair.Client, () => client.OpenStreamAsync(unidirectional: true));
        ours.CompleteWrites();
        var theirs = pair.Run(pair.Server, () => server.AcceptStreamAsync());

        Assert.Equal((false, true), (ours.CanRead, ours.CanWrite));
        Assert.Equal((true, false), (theirs.CanRead, theirs.CanWrite));
        Assert.Throws<NotSupportedException>(() => ours.Input);
        Assert.Throws<NotSupportedException>(() => theirs.Output);
        Assert.Equal(0, pair.Run(pair.Server, async () => await theirs.ReadAsync(new byte[1])));
        pair.Run(pair.Client, () => ours.WritesClosed);
    }

    [Fact]
    public void Who_waits_for_a_stream_gets_one_when_the_peer_allows_it_and_who_gave_up_takes_none()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var streams = Enumerable
            .Range(0, 8)
            .Select(_ => pair.Run(pair.Client, () => client.OpenStreamAsync()))
            .ToList();
        using var patience = new CancellationTokenSource();
        var impatient = pair.Begin(pair.Client, () => client.OpenStreamAsync(cancellation: patience.Token));
        var patient = pair.Begin(pair.Client, () => client.OpenStreamAsync());
        pair.RunFor(1);
        Assert.False(impatient().IsCompleted || patient().IsCompleted);

        patience.Cancel();
        pair.RunFor(1);
        Assert.True(impatient().IsCanceled);
        foreach (var stream in streams)
        {
            stream.Dispose();
        }
        var echo = pair.Begin(
            pair.Server,
            async () =>
            {
                for (var i = 0; i < 8; i++)
                {
                    (await server.AcceptStreamAsync()).Dispose();
                }
            }
        );
        pair.Scheduler.RunUntil(() => patient().IsCompleted, TimeSpan.FromSeconds(5), "the ninth stream");

        Assert.Equal(8 * 4, ApiPair.Result(patient()).Id);
        Assert.True(echo().IsCompletedSuccessfully);
    }

    [Fact]
    public void Streams_that_nobody_accepts_are_no_more_than_the_peer_may_have_open()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var opened = 0;
        var opening = pair.Begin(pair.Client, OpenForEverAsync);
        pair.RunFor(10);
        Assert.Equal(8, opened);
        Assert.False(opening().IsCompleted);

        // More are granted when half of them are done with.
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((i * 4) + 2, pair.Run(pair.Server, () => server.AcceptStreamAsync()).Id);
        }
        pair.RunFor(10);
        Assert.Equal(12, opened);

        async Task OpenForEverAsync()
        {
            while (true)
            {
                var stream = await client.OpenStreamAsync(unidirectional: true);
                stream.CompleteWrites();
                opened++;
            }
        }
    }

    [Fact]
    public void The_urgent_stream_overtakes_the_others()
    {
        var pair = new ApiPair(link: new SimLink { Delay = TimeSpan.FromMilliseconds(20), Jitter = TimeSpan.Zero });
        var (client, server) = pair.Connect();
        var order = new List<long>();
        var serving = pair.Begin(
            pair.Server,
            async () =>
            {
                var all = new List<Task>();
                for (var i = 0; i < 2; i++)
                {
                    all.Add(ReadAsync(await server.AcceptStreamAsync()));
                }
                await Task.WhenAll(all);
            }
        );
        pair.Run(
            pair.Client,
            async () =>
            {
                var slow = await client.OpenStreamAsync(unidirectional: true);
                var urgent = await client.OpenStreamAsync(unidirectional: true);
                (slow.Priority, urgent.Priority) = (7, 0);
                var first = WriteAsync(slow, new byte[1_000_000]);
                await Task.WhenAll(first, WriteAsync(urgent, new byte[900_000]));
            }
        );
        pair.Scheduler.RunUntil(() => serving().IsCompleted, TimeSpan.FromSeconds(60), "both");

        Assert.Equal([6, 2], order);

        async Task ReadAsync(QuicStream stream)
        {
            await ReadAllAsync(stream);
            order.Add(stream.Id);
        }
    }

    private static (QuicStream Client, QuicStream Server) Open(
        ApiPair pair,
        QuicConnection client,
        QuicConnection server
    )
    {
        var ours = pair.Run(
            pair.Client,
            async () =>
            {
                var stream = await client.OpenStreamAsync();
                await stream.WriteAsync(new byte[1]);
                return stream;
            }
        );
        var theirs = pair.Run(
            pair.Server,
            async () =>
            {
                var stream = await server.AcceptStreamAsync();
                Assert.Equal(1, await stream.ReadAsync(new byte[1]));
                return stream;
            }
        );
        return (ours, theirs);
    }

    private static QuicErrorReason Reason(Task task) =>
        Assert.IsType<QuicException>(task.Exception!.InnerException).Reason;

    private static async Task EchoAsync(QuicConnection server)
    {
        await using var stream = await server.AcceptStreamAsync();
        await stream.CopyToAsync(stream);
        stream.CompleteWrites();
    }

    private static async Task<byte[]> AskAsync(QuicConnection client, byte[] question)
    {
        await using var stream = await client.OpenStreamAsync();
        await WriteAsync(stream, question);
        return await ReadAllAsync(stream);
    }

    private static async Task WriteAsync(QuicStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes);
        stream.CompleteWrites();
    }

    // As SHA256.HashDataAsync does, which leaves the caller's context.
    private static async Task<byte[]> HashAsync(QuicStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (true)
        {
            var read = await stream.Input.ReadAsync();
            foreach (var piece in read.Buffer)
            {
                hash.AppendData(piece.Span);
            }
            stream.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return hash.GetHashAndReset();
            }
        }
    }

    private static async Task<byte[]> ReadAllAsync(QuicStream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
