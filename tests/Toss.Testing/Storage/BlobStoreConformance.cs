using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Storage;

/// <summary>What every <see cref="IBlobStore"/> does.</summary>
public abstract class BlobStoreConformance
{
    private readonly StoreSamples _samples = new(11);

    protected abstract ValueTask<IBlobStore> OpenAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, Limits.SealedBlobChunk)]
    [InlineData(3, 17)]
    [InlineData(3, Limits.SealedBlobChunk)]
    public async Task Chunks_come_back_as_they_were_appended(int count, int lastSize)
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        var chunks = Chunks(count, lastSize);
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            foreach (var chunk in chunks)
            {
                await writer.AppendAsync(chunk, Cancellation);
            }
            Assert.Equal(0, await store.CountChunksAsync(blob, Cancellation));
            await writer.CommitAsync(blob, Cancellation);
        }

        Assert.Equal(count, await store.CountChunksAsync(blob, Cancellation));
        for (var i = count - 1; i >= 0; i--)
        {
            var read = await store.ReadChunkAsync(blob, i, Cancellation);
            Assert.True(read.HasValue && read.Value.Span.SequenceEqual(chunks[i]));
        }
        Assert.Null(await store.ReadChunkAsync(blob, count, Cancellation));
        Assert.Null(await store.ReadChunkAsync(_samples.BlobId(), 0, Cancellation));
    }

    [Fact]
    public async Task Several_chunks_are_appended_and_read_in_one_go()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        var all = _samples.Bytes((3 * Limits.SealedBlobChunk) + 100);
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            await writer.AppendAsync(all.AsMemory(0, 2 * Limits.SealedBlobChunk), Cancellation);
            await writer.AppendAsync(all.AsMemory(2 * Limits.SealedBlobChunk), Cancellation);
            await Assert.ThrowsAsync<ArgumentException>(async () => await writer.AppendAsync(all, Cancellation));
            await writer.CommitAsync(blob, Cancellation);
        }
        Assert.Equal(4, await store.CountChunksAsync(blob, Cancellation));
        // Whole chunks only, but at the end.
        foreach (var (first, room, count) in new[] { (0, 2, 2), (1, 1, 1), (1, 9, 3), (3, 1, 1), (4, 2, 0) })
        {
            var buffer = new byte[(room * Limits.SealedBlobChunk) + (room == 2 ? 50 : 0)];
            var length = await store.ReadChunksAsync(blob, first, buffer, Cancellation);
            var from = Math.Min(all.Length, first * Limits.SealedBlobChunk);
            var expected = all.AsSpan(from, Math.Min(all.Length - from, count * Limits.SealedBlobChunk));
            Assert.True(buffer.AsSpan(0, length).SequenceEqual(expected), $"{length} bytes from chunk {first} on");
        }
    }

    [Fact]
    public async Task It_says_what_there_is_room_for()
    {
        var store = await OpenAsync();
        Assert.InRange(await store.FreeAsync(Cancellation), 1, long.MaxValue);
    }

    /// <summary>Somebody pastes what comes just now: at no instant is a chunk gone that was here.</summary>
    [Fact]
    public async Task What_becomes_whole_can_be_read_all_the_while()
    {
        var store = await OpenAsync();
        for (var round = 0; round < 100; round++)
        {
            var blob = _samples.BlobId();
            await using var part = await store.OpenPartialAsync(blob, 100, Cancellation);
            await part.WriteAsync(0, _samples.Bytes(100), Cancellation);
            var committing = Task.Run(async () => await part.CommitAsync(Cancellation), Cancellation);
            while (!committing.IsCompleted)
            {
                Assert.NotNull(await store.ReadChunkAsync(blob, 0, Cancellation));
            }
            await committing;
        }
    }

    [Fact]
    public async Task Many_are_stored_at_once()
    {
        var store = await OpenAsync();
        var content = _samples.Bytes(100);
        // Their ids begin alike: they lie side by side.
        var blobs = Enumerable.Range(0, 64).Select(_ => _samples.BlobId().ToBytes()).ToList();
        blobs.ForEach(bytes => bytes[0] = 0x70);
        var ids = blobs.ConvertAll(bytes =>
            BlobId.TryFrom(bytes, out var id) ? id : throw new InvalidOperationException()
        );

        await Task.WhenAll(ids.Select(id => Task.Run(() => StoreAsync(id))));

        foreach (var id in ids)
        {
            Assert.Equal(1, await store.CountChunksAsync(id, Cancellation));
        }

        async Task StoreAsync(BlobId id)
        {
            if (id.ToBytes()[1] % 2 == 0)
            {
                await using var writer = await store.CreateAsync(Cancellation);
                await writer.AppendAsync(content, Cancellation);
                await writer.CommitAsync(id, Cancellation);
                return;
            }
            await using var part = await store.OpenPartialAsync(id, content.Length, Cancellation);
            await part.WriteAsync(0, content, Cancellation);
            await part.CommitAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_list_behind_the_last_chunk_is_read_in_pieces_like_chunks()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        var chunks = Chunks(2, 1000);
        var list = _samples.Bytes(Limits.SealedBlobChunk);
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            await writer.AppendAsync(chunks[0], Cancellation);
            await writer.AppendAsync(chunks[1], Cancellation);
            await writer.AppendListAsync(list, Cancellation);
            await Assert.ThrowsAsync<ArgumentException>(async () => await writer.AppendAsync(chunks[0], Cancellation));
            await writer.CommitAsync(blob, Cancellation);
        }
        Assert.Equal(3, await store.CountChunksAsync(blob, Cancellation));
        var first = await store.ReadChunkAsync(blob, 1, Cancellation);
        var second = await store.ReadChunkAsync(blob, 2, Cancellation);
        Assert.Equal<byte>([.. chunks[1], .. list], [.. first!.Value.Span, .. second!.Value.Span]);
    }

    [Fact]
    public async Task What_is_there_whole_is_measured()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            await writer.AppendAsync(_samples.Bytes(100), Cancellation);
            Assert.Equal(0, await store.MeasureAsync(Cancellation));
            await writer.CommitAsync(blob, Cancellation);
        }
        Assert.Equal(100, await store.MeasureAsync(Cancellation));
        await store.DeleteAsync(blob, Cancellation);
        Assert.Equal(0, await store.MeasureAsync(Cancellation));
    }

    [Fact]
    public async Task What_is_not_committed_is_not_there()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            await writer.AppendAsync(_samples.Bytes(100), Cancellation);
        }
        Assert.Equal(0, await store.CountChunksAsync(blob, Cancellation));
    }

    [Fact]
    public async Task A_part_is_gone_on_with_and_becomes_a_whole_blob()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        var chunks = Chunks(5, 100);
        var length = chunks.Sum(chunk => (long)chunk.Length);
        await using (var part = await store.OpenPartialAsync(blob, length, Cancellation))
        {
            Assert.Equal((5, 0), (part.Held.Chunks, part.Held.Held));
            await part.WriteAsync(4, chunks[4], Cancellation);
            await part.WriteAsync(1, chunks[1], Cancellation);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await part.CommitAsync(Cancellation));
        }
        Assert.Equal(0, await store.CountChunksAsync(blob, Cancellation));
        var held = await store.HeldAsync(blob, Cancellation);
        Assert.Equal([1, 4], Enumerable.Range(0, held.Chunks).Where(held.Contains));
        Assert.Equal(chunks[4], (await store.ReadChunkAsync(blob, 4, Cancellation))!.Value.ToArray());
        Assert.Null(await store.ReadChunkAsync(blob, 0, Cancellation));
        Assert.Equal([blob], await store.ListAsync(Cancellation));

        await using (var part = await store.OpenPartialAsync(blob, length, Cancellation))
        {
            Assert.Equal(2, part.Held.Held);
            await Task.WhenAll(
                new[] { 0, 2, 3 }.Select(index => part.WriteAsync(index, chunks[index], Cancellation).AsTask())
            );
            await part.CommitAsync(Cancellation);
        }
        Assert.Equal(5, await store.CountChunksAsync(blob, Cancellation));
        Assert.True((await store.HeldAsync(blob, Cancellation)).IsWhole);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(chunks[i], (await store.ReadChunkAsync(blob, i, Cancellation))!.Value.ToArray());
        }
        Assert.Equal([blob], await store.ListAsync(Cancellation));
    }

    [Fact]
    public async Task A_part_that_is_still_open_can_be_read()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        var chunks = Chunks(3, 7);
        await using var part = await store.OpenPartialAsync(
            blob,
            chunks.Sum(chunk => (long)chunk.Length),
            Cancellation
        );
        await part.WriteAsync(2, chunks[2], Cancellation);
        Assert.True((await store.HeldAsync(blob, Cancellation)).Contains(2));
        Assert.Equal(chunks[2], (await store.ReadChunkAsync(blob, 2, Cancellation))!.Value.ToArray());
    }

    [Fact]
    public async Task A_part_begins_anew_if_it_is_deleted_or_of_another_length()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        var chunks = Chunks(2, 50);
        foreach (var length in new[] { Limits.SealedBlobChunk + 50L, Limits.SealedBlobChunk + 51L })
        {
            await using var part = await store.OpenPartialAsync(blob, length, Cancellation);
            Assert.Equal(0, part.Held.Held);
            await part.WriteAsync(0, chunks[0], Cancellation);
        }
        await store.DeleteAsync(blob, Cancellation);
        Assert.Empty(await store.ListAsync(Cancellation));
        Assert.Equal(0, (await store.HeldAsync(blob, Cancellation)).Held);
        await using var again = await store.OpenPartialAsync(blob, Limits.SealedBlobChunk + 51L, Cancellation);
        Assert.Equal(0, again.Held.Held);
    }

    [Fact]
    public async Task A_chunk_of_a_part_has_its_place_and_its_size()
    {
        var store = await OpenAsync();
        await using var part = await store.OpenPartialAsync(
            _samples.BlobId(),
            Limits.SealedBlobChunk + 50L,
            Cancellation
        );
        foreach (var (index, size) in new[] { (0, 50), (1, 51), (2, 50), (-1, 50), (1, Limits.SealedBlobChunk) })
        {
            await Assert.ThrowsAsync<ArgumentException>(async () =>
                await part.WriteAsync(index, new byte[size], Cancellation)
            );
        }
        await part.WriteAsync(1, new byte[50], Cancellation);
        Assert.Equal(1, part.Held.Held);
    }

    [Fact]
    public async Task A_deleted_blob_is_gone_and_may_be_deleted_again()
    {
        var store = await OpenAsync();
        var blob = _samples.BlobId();
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            await writer.AppendAsync(_samples.Bytes(100), Cancellation);
            await writer.CommitAsync(blob, Cancellation);
        }
        await store.DeleteAsync(blob, Cancellation);
        await store.DeleteAsync(blob, Cancellation);
        Assert.Equal(0, await store.CountChunksAsync(blob, Cancellation));
        Assert.Null(await store.ReadChunkAsync(blob, 0, Cancellation));
    }

    [Fact]
    public async Task Whole_blobs_are_listed_and_nothing_else()
    {
        var store = await OpenAsync();
        Assert.Empty(await store.ListAsync(Cancellation));
        var blobs = Enumerable.Range(0, 20).Select(_ => _samples.BlobId()).ToList();
        foreach (var blob in blobs)
        {
            await using var writer = await store.CreateAsync(Cancellation);
            await writer.AppendAsync(_samples.Bytes(100), Cancellation);
            await writer.CommitAsync(blob, Cancellation);
        }
        await using var unfinished = await store.CreateAsync(Cancellation);
        await unfinished.AppendAsync(_samples.Bytes(100), Cancellation);
        Assert.Equal(blobs.Order(), (await store.ListAsync(Cancellation)).Order());

        await store.DeleteAsync(blobs[3], Cancellation);
        blobs.RemoveAt(3);
        Assert.Equal(blobs.Order(), (await store.ListAsync(Cancellation)).Order());
    }

    private List<byte[]> Chunks(int count, int lastSize) =>
        [.. Enumerable.Range(1, count).Select(i => _samples.Bytes(i == count ? lastSize : Limits.SealedBlobChunk))];

    [Fact]
    public async Task Chunks_of_a_wrong_size_are_refused()
    {
        var store = await OpenAsync();
        await using var writer = await store.CreateAsync(Cancellation);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.AppendAsync(default, Cancellation));
        await writer.AppendAsync(new byte[5], Cancellation);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.AppendAsync(new byte[5], Cancellation));
    }
}
