using System.Net;
using Google.Protobuf;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Net.Links;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Platform;
using Toss.Tests.Net.Quic;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Net.Links;

/// <summary>Ranges of blobs over a connection, and members that answer other than they were asked.</summary>
public sealed class BlobStreamsTests : IAsyncLifetime
{
    private static readonly BlobId s_blob = Id(7);

    private readonly DriverPair _pair = DriverPair.Start(
        UdpImplementation.Best,
        [IPAddress.Loopback],
        IPAddress.Loopback
    );
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _serving = [];
    private readonly List<(int Index, byte First)> _came = [];
    private int? _next;
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
    public async Task A_range_comes_from_its_first_chunk_on()
    {
        Serve(answer => answer.SendAsync(3, null, Chunk, _stop.Token));
        Assert.Equal(BlobTransferStatus.Done, await FetchAsync(5, 3));
        Assert.Equal([(5, (byte)5), (6, (byte)6), (7, (byte)7)], _came);
    }

    [Fact]
    public async Task What_is_not_all_there_comes_as_far_as_it_is()
    {
        Serve(answer => answer.SendAsync(2, 9, Chunk, _stop.Token));
        Assert.Equal(BlobTransferStatus.Missing, await FetchAsync(5, 3));
        Assert.Equal(9, _next);
        Assert.Equal([5, 6], _came.Select(chunk => chunk.Index));
    }

    [Fact]
    public async Task Who_stopped_it_says_so()
    {
        Serve(answer => answer.CancelAsync(_stop.Token));
        Assert.Equal(BlobTransferStatus.Cancelled, await FetchAsync(5, 3));
    }

    [Fact]
    public async Task Who_stops_it_in_the_middle_says_so()
    {
        Serve(answer => answer.SendAsync(3, null, index => index < 7 ? Chunk(index) : default, _stop.Token));
        Assert.Equal(BlobTransferStatus.Cancelled, await FetchAsync(5, 3));
    }

    [Fact]
    public async Task Who_gives_it_up_in_the_middle_has_sent_what_came()
    {
        Serve(answer =>
            answer.SendAsync(
                3,
                null,
                index => index < 6 ? Chunk(index) : throw new OperationCanceledException(),
                _stop.Token
            )
        );
        Assert.Equal(BlobTransferStatus.Missing, await FetchAsync(5, 3));
        Assert.True(_came.Count <= 1);
    }

    [Fact]
    public async Task More_chunks_than_were_asked_for_are_no_answer()
    {
        Serve(answer => answer.SendAsync(4, null, Chunk, _stop.Token));
        Assert.Equal(BlobTransferStatus.Malformed, await FetchAsync(5, 3));
        Assert.Empty(_came);
    }

    /// <summary>Who says so would be asked for the same again, for ever.</summary>
    [Theory]
    [InlineData(0, 5)]
    [InlineData(0, 1)]
    [InlineData(2, 7)]
    [InlineData(2, 6)]
    public async Task What_a_holder_has_next_is_behind_what_it_sends(int chunks, int next)
    {
        Serve(answer => answer.SendAsync(chunks, next, Chunk, _stop.Token));
        Assert.Equal(BlobTransferStatus.Malformed, await FetchAsync(5, 3));
    }

    [Fact]
    public async Task A_chunk_that_is_too_large_is_no_answer()
    {
        Serve(answer => answer.SendAsync(3, null, static _ => new(new byte[Limits.SealedBlobChunk + 1]), _stop.Token));
        Assert.Equal(BlobTransferStatus.Malformed, await FetchAsync(5, 3));
        Assert.Empty(_came);
    }

    [Fact]
    public async Task Who_wants_no_more_ends_it()
    {
        Serve(answer => answer.SendAsync(3, null, Chunk, _stop.Token));
        var result = await Watchdog.Within(
            BlobStreams
                .FetchAsync(
                    _client,
                    new BlobRange(s_blob, 5, 3),
                    0,
                    static (_, _) => new(false),
                    TimeProvider.System,
                    _stop.Token
                )
                .AsTask(),
            "the end"
        );
        Assert.Equal(BlobTransferStatus.Stopped, result.Status);
    }

    public static TheoryData<LinkRange> NoRanges =>
        [
            new LinkRange { First = 1, Count = 1 },
            new LinkRange { Blob = Bytes(s_blob), First = 1 },
            new LinkRange { Blob = Bytes(s_blob), Count = Limits.BlobPieces + 1 },
            new LinkRange
            {
                Blob = Bytes(s_blob),
                First = uint.MaxValue,
                Count = uint.MaxValue,
            },
            new LinkRange
            {
                Blob = Bytes(s_blob),
                Count = 1,
                Held = Limits.BlobPieces + 1,
            },
        ];

    [Theory]
    [MemberData(nameof(NoRanges))]
    public void What_is_no_range_is_not_served(LinkRange asked) => Assert.False(BlobStreams.TryReadRange(asked, out _));

    private static ValueTask<ReadOnlyMemory<byte>> Chunk(int index) => new(new byte[] { (byte)index, 1, 2, 3 });

    private async Task<BlobTransferStatus> FetchAsync(int first, int count)
    {
        var result = await Watchdog.Within(
            BlobStreams
                .FetchAsync(
                    _client,
                    new BlobRange(s_blob, first, count),
                    held: 4,
                    (index, chunk) =>
                    {
                        _came.Add((index, chunk.Span[0]));
                        return new(true);
                    },
                    TimeProvider.System,
                    _stop.Token
                )
                .AsTask(),
            "the range"
        );
        _next = result.Next;
        return result.Status;
    }

    private void Serve(Func<IBlobAnswer, ValueTask> serve)
    {
        _serving.Add(ServeAsync());

        async Task ServeAsync()
        {
            var stream = await _server.AcceptStreamAsync(_stop.Token);
            var request = await BlobStreams.ReadRequestAsync(stream, _stop.Token);
            Assert.True(BlobStreams.TryReadRange(request!.Range, out var range));
            Assert.Equal(s_blob, range.Blob);
            await serve(new BlobStreams.Answer(stream, range));
        }
    }

    private static ByteString Bytes(BlobId blob) => ByteString.CopyFrom(blob.ToBytes());

    private static BlobId Id(byte value)
    {
        var bytes = new byte[BlobId.Size];
        Array.Fill(bytes, value);
        return BlobId.TryFrom(bytes, out var id) ? id : default;
    }
}
