using Toss.Relay;
using Toss.Relay.Blobs;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Relay;

/// <summary>What holds for every <see cref="IBlobStore"/>.</summary>
public abstract class BlobStoreConformance
{
    protected static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    protected static readonly MailboxId Alice = new(1, 1);
    protected static readonly BlobId Blob = new(7, 7);
    private static readonly MailboxId Bob = new(2, 2);
    private static readonly BlobId Other = new(8, 8);

    protected static readonly RelayQuotas Small = RelayQuotas.Default with { BlobBytes = 1000, BlobsUnderWay = 2 };

    protected abstract ValueTask<IBlobStore> OpenAsync(RelayQuotas quotas);

    [Fact]
    public async Task A_blob_is_there_when_its_last_chunk_is()
    {
        await using var store = await OpenAsync(Small);
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 0, 3, 100));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 1, 3, 100));
        Assert.Null(await store.GetAsync(Alice, Blob, 0, Start));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 2, 3, 10));
        Assert.Equal(Chunk(0, 100), (await store.GetAsync(Alice, Blob, 0, Start))?.ToArray());
        Assert.Equal(Chunk(1, 100), (await store.GetAsync(Alice, Blob, 1, Start))?.ToArray());
        Assert.Equal(Chunk(2, 10), (await store.GetAsync(Alice, Blob, 2, Start))?.ToArray());
        Assert.Null(await store.GetAsync(Alice, Blob, 3, Start));
        Assert.Null(await store.GetAsync(Bob, Blob, 0, Start));
        Assert.Equal(new BlobCounts(1, 210), await store.CountAsync());
    }

    [Fact]
    public async Task Chunks_come_in_order_and_index_zero_starts_again()
    {
        await using var store = await OpenAsync(Small);
        Assert.Equal(BlobPutStatus.OutOfOrder, await Put(store, Blob, 1, 3, 100));
        await Put(store, Blob, 0, 3, 100);
        Assert.Equal(BlobPutStatus.OutOfOrder, await Put(store, Blob, 2, 3, 100));
        await Put(store, Blob, 1, 3, 100);
        Assert.Equal(BlobPutStatus.OutOfOrder, await Put(store, Blob, 1, 3, 100));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 0, 2, 50));
        Assert.Equal(BlobPutStatus.OutOfOrder, await Put(store, Blob, 1, 3, 50));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 1, 2, 50));
        Assert.Equal(new BlobCounts(1, 100), await store.CountAsync());
    }

    [Theory]
    [InlineData(0, 0, 10)]
    [InlineData(3, 3, 10)]
    [InlineData(-1, 3, 10)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 1, Limits.SealedBlobChunk + 1)]
    public async Task Chunks_that_cannot_be_are_malformed(int index, int count, int size)
    {
        await using var store = await OpenAsync(RelayQuotas.Default);
        Assert.Equal(BlobPutStatus.Malformed, await Put(store, Blob, index, count, size));
    }

    [Fact]
    public async Task All_chunks_but_the_last_have_one_size()
    {
        await using var store = await OpenAsync(Small);
        await Put(store, Blob, 0, 3, 100);
        Assert.Equal(BlobPutStatus.Malformed, await Put(store, Blob, 1, 3, 99));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 1, 3, 100));
        Assert.Equal(BlobPutStatus.Malformed, await Put(store, Blob, 2, 3, 101));
    }

    [Fact]
    public async Task The_quota_counts_what_is_under_way_and_is_given_back()
    {
        await using var store = await OpenAsync(Small);
        Assert.Equal(BlobPutStatus.QuotaExceeded, await Put(store, Blob, 0, 11, 100));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 0, 10, 100));
        Assert.Equal(BlobPutStatus.QuotaExceeded, await Put(store, Other, 0, 1, 1));
        await store.DeleteAsync(Alice, Blob);
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Other, 0, 1, 1000));
        Assert.Equal(BlobPutStatus.QuotaExceeded, await Put(store, Blob, 0, 1, 1));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Other, 0, 1, 1000));
        Assert.Equal(BlobPutStatus.Accepted, await store.PutAsync(Bob, Blob, 0, 1, Chunk(0, 900), Start));
        Assert.Equal(new BlobCounts(2, 1900), await store.CountAsync());
    }

    [Fact]
    public async Task Few_are_under_way_at_once()
    {
        await using var store = await OpenAsync(Small);
        await Put(store, Blob, 0, 2, 10);
        await Put(store, Other, 0, 2, 10);
        Assert.Equal(BlobPutStatus.TooMany, await Put(store, new BlobId(9, 9), 0, 2, 10));
        await Put(store, Other, 1, 2, 10);
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, new BlobId(9, 9), 0, 2, 10));
    }

    [Fact]
    public async Task Old_and_stalled_blobs_go()
    {
        await using var store = await OpenAsync(Small);
        await Put(store, Blob, 0, 1, 100);
        await Put(store, Other, 0, 2, 100);
        await store.ExpireAsync(Start + Small.BlobStalled);
        Assert.Equal(BlobPutStatus.OutOfOrder, await Put(store, Other, 1, 2, 100));
        Assert.Equal(new BlobCounts(1, 100), await store.CountAsync());
        Assert.NotNull(await store.GetAsync(Alice, Blob, 0, Start));
        Assert.Null(await store.GetAsync(Alice, Blob, 0, Start + Small.Keep));
        await store.ExpireAsync(Start + Small.Keep);
        Assert.Equal(new BlobCounts(0, 0), await store.CountAsync());
    }

    protected static byte[] Chunk(int index, int size)
    {
        var chunk = new byte[size];
        chunk.AsSpan().Fill((byte)(index + 1));
        return chunk;
    }

    protected static ValueTask<BlobPutStatus> Put(IBlobStore store, BlobId blob, int index, int count, int size) =>
        store.PutAsync(Alice, blob, index, count, Chunk(index, size), Start);
}
