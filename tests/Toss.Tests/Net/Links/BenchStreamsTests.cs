using System.Net;
using Microsoft.Extensions.Time.Testing;
using Toss.Core.Ports;
using Toss.Net.Links;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Platform;
using Toss.Tests.Net.Quic;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Net.Links;

/// <summary>Measuring over a connection, and members that ask for more than they may.</summary>
public sealed class BenchStreamsTests : IAsyncLifetime
{
    private readonly DriverPair _pair = DriverPair.Start(
        UdpImplementation.Best,
        [IPAddress.Loopback],
        IPAddress.Loopback
    );
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _serving = [];
    private QuicConnection _client = null!;
    private QuicConnection _server = null!;

    public async ValueTask InitializeAsync() => (_client, _server) = await _pair.ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await Watchdog.Within(Task.WhenAll(_serving), "what is served to end");
        await _pair.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Bytes_go_both_ways_and_echoes_come_back()
    {
        Serve(streams: 3, admitted: true);
        var result = await Watchdog.Within(RunAsync(3_000_000), "the measurement");

        Assert.Equal((BenchStatus.Done, 3_000_000), (result.Status, result.Bytes));
        Assert.True(result.Up > TimeSpan.Zero && result.Down > TimeSpan.Zero);
        Assert.Equal(Limits.BenchEchoes, result.Echoes.Count);
        Assert.Equal(result.Echoes.Order(), result.Echoes);
        Assert.True(_server.Counters.BytesReceived > 3_000_000);
        Assert.True(_client.Counters.BytesReceived > 3_000_000);
    }

    [Fact]
    public async Task Who_is_not_let_in_is_told_so()
    {
        Serve(streams: 1, admitted: false);
        Assert.Equal(BenchStatus.Busy, (await Watchdog.Within(RunAsync(1000), "the answer")).Status);
    }

    [Theory]
    [InlineData(BenchKind.Down, Limits.Bench + 1u)]
    [InlineData(BenchKind.Up, uint.MaxValue)]
    [InlineData(BenchKind.Echo, Limits.BenchEchoes + 1u)]
    [InlineData(BenchKind.Unspecified, 1u)]
    [InlineData((BenchKind)7, 1u)]
    public async Task What_is_beyond_its_bounds_is_not_begun(BenchKind kind, uint bytes)
    {
        Serve(streams: 1, admitted: true);
        await using var stream = await _client.OpenStreamAsync();
        await AskAsync(stream, kind, bytes);
        var failure = await Assert.ThrowsAsync<QuicException>(async () =>
            await Watchdog.Within(BlobStreams.ReadAnswerAsync(stream, _stop.Token).AsTask(), "the refusal")
        );
        Assert.Equal(QuicErrorReason.StreamReset, failure.Reason);
    }

    [Fact]
    public async Task Of_who_sends_more_than_it_said_no_more_is_taken()
    {
        Serve(streams: 1, admitted: true);
        await using var stream = await _client.OpenStreamAsync();
        await AskAsync(stream, BenchKind.Up, 1000);
        Assert.Equal(1u, (await BlobStreams.ReadAnswerAsync(stream, _stop.Token))!.Chunks);
        var piece = new byte[64 * 1024];
        await Assert.ThrowsAsync<QuicException>(() =>
            Watchdog.Within(
                Task.Run(async () =>
                {
                    // Far beyond all windows: only a stream that is given up ends it.
                    while (true)
                    {
                        await stream.WriteAsync(piece);
                    }
                }),
                "the stream's end"
            )
        );
    }

    /// <summary>A slow link has a megabyte in the send buffer when the last byte is written.</summary>
    [Fact]
    public async Task Who_is_not_done_long_after_the_last_byte_was_written_is_not_silent()
    {
        var time = new FakeTimeProvider();
        _serving.Add(ServeSlowlyAsync());
        var result = await Watchdog.Within(
            BenchStreams.RunAsync(_client, 1000, time, _stop.Token).AsTask(),
            "the measurement"
        );
        Assert.Equal(BenchStatus.Done, result.Status);
        Assert.Equal(TimeSpan.FromSeconds(15), result.Up);

        async Task ServeSlowlyAsync()
        {
            for (var i = 0; i < 3; i++)
            {
                var stream = await _server.AcceptStreamAsync(_stop.Token);
                var bench = (await BlobStreams.ReadRequestAsync(stream, _stop.Token))!.Bench;
                if (bench.Kind != BenchKind.Up)
                {
                    await BenchStreams.ServeAsync(stream, bench, admitted: true, TimeProvider.System, _stop.Token);
                    continue;
                }
                await using var up = stream;
                await BlobStreams.WriteAsync(stream, new LinkAnswer { Chunks = 1 }, _stop.Token);
                var piece = new byte[1000];
                while (await stream.ReadAsync(piece, _stop.Token) > 0) { }
                time.Advance(TimeSpan.FromSeconds(15));
                stream.CompleteWrites();
            }
        }
    }

    private Task<BenchResult> RunAsync(int bytes) =>
        BenchStreams.RunAsync(_client, bytes, TimeProvider.System, _stop.Token).AsTask();

    private void Serve(int streams, bool admitted)
    {
        _serving.Add(ServeAsync());

        async Task ServeAsync()
        {
            for (var i = 0; i < streams; i++)
            {
                var stream = await _server.AcceptStreamAsync(_stop.Token);
                var request = await BlobStreams.ReadRequestAsync(stream, _stop.Token);
                await BenchStreams.ServeAsync(stream, request!.Bench, admitted, TimeProvider.System, _stop.Token);
            }
        }
    }

    private static ValueTask AskAsync(QuicStream stream, BenchKind kind, uint bytes) =>
        BlobStreams.WriteAsync(
            stream,
            new LinkRequest
            {
                Bench = new LinkBench { Kind = kind, Bytes = bytes },
            },
            default
        );
}
