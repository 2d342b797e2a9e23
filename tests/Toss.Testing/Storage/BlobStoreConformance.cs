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
        var chunks = Enumerable
            .Range(1, count)
            .Select(i => _samples.Bytes(i == count ? lastSize : Limits.SealedBlobChunk))
            .ToList();
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

    [Fact]
    public async Task Chunks_of_a_wrong_size_are_refused()
    {
        var store = await OpenAsync();
        await using var writer = await store.CreateAsync(Cancellation);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.AppendAsync(default, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await writer.AppendAsync(new byte[Limits.SealedBlobChunk + 1], Cancellation)
        );
        await writer.AppendAsync(new byte[5], Cancellation);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.AppendAsync(new byte[5], Cancellation));
    }
}
