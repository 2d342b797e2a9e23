using Microsoft.Extensions.Logging.Abstractions;
using Toss.Agent;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Platform.Hosting;
using Toss.Testing;
using Toss.Testing.Platform;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>A blob of so many chunks that their hashes do not travel beside its id, and what is told of them.</summary>
public sealed class BlobListTests : IClassFixture<BlobListTests.Sealed>, IDisposable
{
    private readonly Sealed _sealed;
    private readonly MemoryBlobStore _store = new();
    private readonly List<BlobTransferStatus> _aside = [];
    private readonly List<BlobRange> _asked = [];
    private readonly AgentThread _thread = new();

    public BlobListTests(Sealed @sealed) => _sealed = @sealed;

    private BlobReference Blob => _sealed.Reference;

    public void Dispose() => _thread.Dispose();

    [Fact]
    public void Its_list_does_not_travel_with_its_id_and_is_no_part_of_a_reference_that_claims_it()
    {
        Assert.Equal(Limits.InlineChunkHashes + 1, Blob.Chunks);
        Assert.Equal(Limits.InlineChunkHashes + 2, Blob.Pieces);
        var wire = Blob.ToWire();
        Assert.True(wire.ChunkHashes.IsEmpty);
        Assert.True(BlobReference.TryFromWire(wire, Limits.Content, out var received));
        Assert.False(received.HasList);
        Assert.False(BlobOpener.Verify(received, 0, new byte[received.SealedLengthOf(0)]));
        wire.ChunkHashes = Google.Protobuf.ByteString.CopyFrom(new byte[Blob.Chunks * 32]);
        Assert.False(BlobReference.TryFromWire(wire, Limits.Content, out _));
        // Of a size with an inline list, but without it.
        wire.ChunkHashes = Google.Protobuf.ByteString.Empty;
        wire.Length = Limits.BlobChunk;
        Assert.False(BlobReference.TryFromWire(wire, Limits.Content, out _));
    }

    [Fact]
    public Task The_list_is_fetched_first_kept_and_not_asked_for_again() =>
        Watchdog.Within(
            _thread.RunAsync(async () =>
            {
                await using (var part = await OpenAsync())
                {
                    Assert.Null(await List(part).HeldAsync(default));
                    var verified = await List(part).FetchAsync(Source(Piece), PutAside, default);
                    Assert.True(verified?.HasList);
                    Assert.Equal([new BlobRange(Blob.Id, Blob.Chunks - 1, 2)], _asked);
                }
                _asked.Clear();
                await using (var part = await OpenAsync())
                {
                    var verified = (await List(part).HeldAsync(default))!;
                    var transfer = new Transfer(1, Blob.SealedLength, static () => DateTimeOffset.UnixEpoch)
                    {
                        IsIncoming = true,
                        Clip = null,
                    };
                    var fetch = new BlobFetch(verified, part, transfer, TimeProvider.System, NullLogger.Instance);
                    Assert.True(await fetch.RunAsync(() => [Source(Piece)], PutAside, default));
                    await part.CommitAsync(default);
                }
                Assert.Equal(Blob.Chunks - 1, _asked.Sum(range => range.Count));
                Assert.Empty(_aside);

                using var reader = new BlobReader(_store, Blob);
                var end = new byte[4];
                Assert.Equal(4, await reader.ReadAsync(Blob.Length - 4, end, default));
                Assert.Equal(_sealed.End, end);
                return true;
            }),
            "the blob"
        );

    public static TheoryData<string> Lies => ["altered", "cut", "long", "foreign", "chunk"];

    [Theory]
    [MemberData(nameof(Lies))]
    public Task Another_list_is_refused_and_its_holder_put_aside(string lie) =>
        Watchdog.Within(
            _thread.RunAsync(async () =>
            {
                await using var part = await OpenAsync();
                var verified = await List(part).FetchAsync(Source(index => Lie(lie, index)), PutAside, default);
                Assert.Null(verified);
                Assert.Single(_aside);
                Assert.Equal(0, part.Held.Held);
                Assert.True((await List(part).FetchAsync(Source(Piece), PutAside, default))?.HasList);
                return true;
            }),
            "the list"
        );

    [Fact]
    public Task A_list_that_the_disk_has_not_as_it_came_is_asked_for_again() =>
        Watchdog.Within(
            _thread.RunAsync(async () =>
            {
                await using var part = await OpenAsync();
                for (var index = Blob.Chunks - 1; index < Blob.Pieces; index++)
                {
                    await part.WriteAsync(index, Lie("altered", index), default);
                }
                Assert.Null(await List(part).HeldAsync(default));
                return true;
            }),
            "the list"
        );

    private byte[] Lie(string lie, int index)
    {
        byte[] piece = [.. Piece(index)];
        switch (lie)
        {
            case "altered":
                piece[^1] ^= 1;
                return piece;
            case "cut":
                return piece[..^1];
            case "long":
                return [.. piece, 0];
            case "foreign":
                return new byte[piece.Length];
            default:
                // The list is right, and the last chunk, in front of it, is not.
                piece[0] ^= (byte)(index == Blob.Chunks - 1 ? 1 : 0);
                return piece;
        }
    }

    private byte[] Piece(int index) => _sealed.Pieces[index];

    private void PutAside(BlobSource source, BlobTransferStatus why) => _aside.Add(why);

    private BlobListFetch List(IPartialBlob part) => new(Blob, _store, part, TimeProvider.System);

    private ValueTask<IPartialBlob> OpenAsync() => _store.OpenPartialAsync(Blob.Id, Blob.SealedLength, default);

    private BlobSource Source(Func<int, byte[]> piece) =>
        new(
            default,
            null,
            async (range, _, write, _) =>
            {
                _asked.Add(range);
                for (var index = range.First; index < range.End; index++)
                {
                    await Task.Yield();
                    if (!await write(index, piece(index)))
                    {
                        return new BlobTransferResult(BlobTransferStatus.Stopped);
                    }
                }
                return new BlobTransferResult(BlobTransferStatus.Done);
            },
            static () => true,
            1,
            Blob.Pieces,
            atOnce: 16
        );

    /// <summary>One chunk more than has its hash beside the id; the list begins in the piece of the last, and needs one more.</summary>
    public sealed class Sealed
    {
        private const int Last = Limits.BlobChunk - 100;

        public Sealed()
        {
            using var sealer = new BlobSealer(new SeededRandomSource(3));
            var chunk = new byte[Limits.BlobChunk];
            var pieces = new List<byte[]>();
            for (var index = 0; index < Limits.InlineChunkHashes; index++)
            {
                chunk[0] = (byte)index;
                pieces.Add(sealer.Seal(chunk, final: false));
            }
            End.CopyTo(chunk, Last - End.Length);
            var last = sealer.Seal(chunk.AsSpan(0, Last), final: true);
            var whole = sealer.Finish();
            byte[] tail = [.. last, .. whole.ChunkHashes.Span];
            pieces.AddRange(tail.Chunk(Limits.SealedBlobChunk));
            (Reference, Pieces) = (whole.WithoutList(), pieces);
        }

        public BlobReference Reference { get; }

        public IReadOnlyList<byte[]> Pieces { get; }

        public byte[] End { get; } = [1, 2, 3, 4];
    }
}
