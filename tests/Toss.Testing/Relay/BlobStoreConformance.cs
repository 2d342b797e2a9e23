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
    public async Task Who_asks_hears_which_chunk_comes_next()
    {
        await using var store = await OpenAsync(Small);
        Assert.Equal(Held(0), await Ask(store, Blob, 3, 100));
        await Put(store, Blob, 0, 3, 100);
        await Put(store, Blob, 1, 3, 100);
        Assert.Equal(Held(2), await Ask(store, Blob, 3, 100));
        // Another owner's, and what would be cut in other pieces, begins anew.
        Assert.Equal(Held(0), await store.AskAsync(Bob, Blob, 3, 100, Start));
        Assert.Equal(Held(0), await Ask(store, Blob, 4, 100));
        Assert.Equal(Held(0), await Ask(store, Blob, 3, 90));
        // Asking changes nothing.
        await Put(store, Blob, 2, 3, 10);
        Assert.Equal(Held(3), await Ask(store, Blob, 3, 100));
        Assert.Equal(Chunk(1, 100), (await store.GetAsync(Alice, Blob, 1, Start))?.ToArray());
        Assert.Equal(Held(0), await store.AskAsync(Alice, Blob, 3, 100, Start + Small.Keep));
        await store.DeleteAsync(Alice, Blob);
        Assert.Equal(Held(0), await Ask(store, Blob, 3, 100));
    }

    [Fact]
    public async Task Who_asks_hears_what_the_first_chunk_would()
    {
        await using var store = await OpenAsync(Small);
        Assert.Equal(BlobPutStatus.Malformed, (await Ask(store, Blob, 0, 100)).Status);
        Assert.Equal(BlobPutStatus.Malformed, (await Ask(store, Blob, 1, 0)).Status);
        Assert.Equal(BlobPutStatus.Malformed, (await Ask(store, Blob, 1, Limits.SealedBlobChunk + 1)).Status);
        Assert.Equal(BlobPutStatus.QuotaExceeded, (await Ask(store, Blob, 11, 100)).Status);
        Assert.Equal(new BlobCounts(0, 0), await store.CountAsync());
        await Put(store, Blob, 0, 2, 10);
        await Put(store, Other, 0, 2, 10);
        Assert.Equal(BlobPutStatus.TooMany, (await Ask(store, new BlobId(9, 9), 2, 10)).Status);
        Assert.Equal(new BlobCounts(0, 40, Unfinished: 2), await store.CountAsync());
    }

    [Fact]
    public async Task A_first_chunk_that_cannot_be_leaves_a_half_done_blob_as_it_is()
    {
        await using var store = await OpenAsync(Small);
        await Put(store, Blob, 0, 2, 100);
        Assert.Equal(BlobPutStatus.Malformed, await store.PutAsync(Alice, Blob, 0, 2, new byte[0], Start));
        Assert.Equal(BlobPutStatus.Accepted, await Put(store, Blob, 1, 2, 100));
        Assert.Equal(Chunk(0, 100), (await store.GetAsync(Alice, Blob, 0, Start))?.ToArray());
    }

    [Fact]
    public async Task Half_done_blobs_that_rest_make_room_for_others_of_their_owner()
    {
        var (third, rested) = (new BlobId(9, 9), Start + Small.BlobResting);
        await using var store = await OpenAsync(Small);
        await Put(store, Blob, 0, 2, 100);
        await store.PutAsync(Alice, Other, 0, 5, Chunk(0, 100), Start + TimeSpan.FromMinutes(1));
        await store.PutAsync(Bob, Blob, 0, 2, Chunk(0, 100), Start);
        var before = rested - TimeSpan.FromTicks(1);
        Assert.Equal(BlobPutStatus.TooMany, await store.PutAsync(Alice, third, 0, 2, Chunk(0, 100), before));
        Assert.Equal(new BlobStanding(BlobPutStatus.Accepted, 0), await store.AskAsync(Alice, third, 2, 100, rested));
        // Not more of them than there have to be, the one that rests longest first; and nobody else's.
        Assert.Equal(BlobPutStatus.Accepted, await store.PutAsync(Alice, third, 0, 2, Chunk(0, 100), rested));
        Assert.Equal(0, (await store.AskAsync(Alice, Blob, 2, 100, rested)).Chunks);
        Assert.Equal(1, (await store.AskAsync(Alice, Other, 5, 100, rested)).Chunks);
        Assert.Equal(1, (await store.AskAsync(Bob, Blob, 2, 100, rested)).Chunks);
        Assert.Equal(new BlobCounts(0, 900, Unfinished: 3), await store.CountAsync());
        // By size too; but none goes for what would not fit even then.
        var later = rested + Small.BlobResting;
        Assert.Equal(BlobPutStatus.QuotaExceeded, await store.PutAsync(Alice, Blob, 0, 11, Chunk(0, 100), later));
        Assert.Equal(new BlobCounts(0, 900, Unfinished: 3), await store.CountAsync());
        Assert.Equal(BlobPutStatus.Accepted, await store.PutAsync(Alice, Blob, 0, 9, Chunk(0, 100), later));
        Assert.Equal(new BlobCounts(0, 1100, Unfinished: 2), await store.CountAsync());
    }

    [Fact]
    public async Task Old_and_stalled_blobs_go()
    {
        await using var store = await OpenAsync(Small);
        await Put(store, Blob, 0, 1, 100);
        await Put(store, Other, 0, 2, 100);
        await store.ExpireAsync(Start + Small.BlobStalled - TimeSpan.FromTicks(1));
        Assert.Equal(new BlobCounts(1, 300, Unfinished: 1), await store.CountAsync());
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

    protected static BlobStanding Held(int chunks) => new(BlobPutStatus.Accepted, chunks);

    protected static ValueTask<BlobStanding> Ask(IBlobStore store, BlobId blob, int count, int size) =>
        store.AskAsync(Alice, blob, count, size, Start);

    protected static ValueTask<BlobPutStatus> Put(IBlobStore store, BlobId blob, int index, int count, int size) =>
        store.PutAsync(Alice, blob, index, count, Chunk(index, size), Start);
}
