using Microsoft.Data.Sqlite;
using Toss.Relay;
using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Testing.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Relay;

public sealed class SqliteMailboxStoreTests : MailboxStoreConformance, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("toss-relay-store-").FullName;

    static SqliteMailboxStoreTests() => SQLitePCL.Batteries_V2.Init();

    [Fact]
    public async Task Everything_is_there_after_opening_again()
    {
        var alice = new MailboxId(1, 1);
        var bob = new MailboxId(2, 2);
        await using (var store = await OpenAsync(Small))
        {
            await store.AllowAsync(alice, [bob], [], Start);
            await store.AppendAsync(alice, bob, new byte[] { 1 }, Start + Small.Keep, Start);
            await store.AppendAsync(alice, bob, new byte[] { 2 }, Start + Small.Keep, Start);
            await store.AcknowledgeAsync(alice, 2);
        }
        await using var again = await OpenAsync(Small);
        Assert.Equal([bob], await again.OpenAsync(alice, Start));
        Assert.Empty(await again.ReadAsync(alice, 0, 10, 1000, Start));
        Assert.Equal(
            new AppendResult(AppendStatus.Stored, 3),
            await again.AppendAsync(alice, bob, new byte[] { 3 }, Start + Small.Keep, Start)
        );
    }

    [Fact]
    public async Task A_database_of_a_newer_relay_is_refused_and_left_alone()
    {
        await using (await OpenAsync(Small)) { }
        Pragma("user_version = 99");
        var refused = Assert.Throws<RelayStorageException>(() => SqliteMailboxStore.Open(_directory, Small));
        Assert.Equal(RelayStorageFailure.TooNew, refused.Failure);
    }

    [Fact]
    public void What_is_no_database_is_said_to_be_damaged()
    {
        File.WriteAllText(Path.Combine(_directory, "relay.db"), new string('x', 4096));
        var refused = Assert.Throws<RelayStorageException>(() => SqliteMailboxStore.Open(_directory, Small));
        Assert.Equal(RelayStorageFailure.Damaged, refused.Failure);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    protected override ValueTask<IMailboxStore> OpenAsync(RelayQuotas quotas) =>
        ValueTask.FromResult<IMailboxStore>(SqliteMailboxStore.Open(_directory, quotas));

    private void Pragma(string pragma)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(_directory, "relay.db")};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = $"PRAGMA {pragma}";
        command.ExecuteNonQuery();
    }
}

public sealed class FileBlobStoreTests : BlobStoreConformance, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("toss-relay-blobs-").FullName;

    [Fact]
    public async Task Blobs_outlive_a_restart_half_done_ones_too()
    {
        await using (var store = await OpenAsync(Small))
        {
            await Put(store, Blob, 0, 2, 100);
            await Put(store, Blob, 1, 2, 30);
            await Put(store, s_half, 0, 3, 100);
        }
        await using var again = await OpenAsync(Small);
        Assert.Equal(new BlobCounts(1, 430, Unfinished: 1), await again.CountAsync());
        Assert.Equal(Chunk(1, 30), (await again.GetAsync(Alice, Blob, 1, Start))?.ToArray());
        Assert.Null(await again.GetAsync(Alice, Blob, 1, Start + Small.Keep));
        Assert.Equal(Held(1), await Ask(again, s_half, 3, 100));
        Assert.Equal(BlobPutStatus.Accepted, await Put(again, s_half, 1, 3, 100));
        Assert.Equal(BlobPutStatus.Accepted, await Put(again, s_half, 2, 3, 7));
        await AssertWholeAsync(again, 3, 7);
    }

    /// <summary>It was killed: what was flushed is there, and what lies behind it is written over.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 4)]
    [InlineData(5, 4)]
    public async Task After_a_kill_a_half_done_blob_goes_on_behind_what_is_durable(int written, int durable)
    {
        var killed = await OpenAsync(Small);
        for (var index = 0; index < written; index++)
        {
            Assert.Equal(BlobPutStatus.Accepted, await Put(killed, s_half, index, 6, 100));
        }
        var part = Assert.Single(Parts());
        // A write that was torn.
        await File.AppendAllBytesAsync(part, new byte[37], TestContext.Current.CancellationToken);

        await using var again = await OpenAsync(Small);
        Assert.Equal(durable > 0 ? 1 : 0, Parts().Length);
        Assert.Equal(Held(durable), await Ask(again, s_half, 6, 100));
        for (var index = durable; index < 6; index++)
        {
            Assert.Equal(BlobPutStatus.Accepted, await Put(again, s_half, index, 6, index == 5 ? 1 : 100));
        }
        await AssertWholeAsync(again, 6, 1);
        Assert.Empty(Parts());
    }

    [Fact]
    public async Task A_half_done_blob_whose_file_is_shorter_than_its_name_says_is_begun_anew()
    {
        await using (var store = await OpenAsync(Small))
        {
            await Put(store, s_half, 0, 6, 100);
            await Put(store, s_half, 1, 6, 100);
        }
        using (var file = File.OpenWrite(Assert.Single(Parts())))
        {
            file.SetLength(150);
        }
        await using var again = await OpenAsync(Small);
        Assert.Empty(Parts());
        Assert.Equal(Held(0), await Ask(again, s_half, 6, 100));
        Assert.Equal(new BlobCounts(0, 0), await again.CountAsync());
    }

    [Fact]
    public async Task What_rests_or_is_stalled_is_gone_from_the_disk_after_a_restart_as_before()
    {
        await using (var store = await OpenAsync(Small))
        {
            await Put(store, s_half, 0, 6, 100);
            await Put(store, Blob, 0, 4, 100);
        }
        await using var again = await OpenAsync(Small);
        var rested = Start + Small.BlobResting;
        Assert.Equal(
            BlobPutStatus.Accepted,
            await again.PutAsync(Alice, new BlobId(5, 5), 0, 4, Chunk(0, 100), rested)
        );
        Assert.Equal(2, Parts().Length);
        await again.ExpireAsync(rested + Small.BlobStalled);
        Assert.Empty(Parts());
        Assert.Equal(new BlobCounts(0, 0), await again.CountAsync());
    }

    private static readonly BlobId s_half = new(9, 9);

    private string[] Parts() => Directory.GetFiles(_directory, "*.part", SearchOption.AllDirectories);

    private static async Task AssertWholeAsync(IBlobStore store, int count, int last)
    {
        for (var index = 0; index < count; index++)
        {
            var size = index < count - 1 ? 100 : last;
            Assert.Equal(Chunk(index, size), (await store.GetAsync(Alice, s_half, index, Start))?.ToArray());
        }
    }

    [Fact]
    public async Task Files_that_are_not_ours_are_left_alone()
    {
        await using (var store = await OpenAsync(Small))
        {
            await Put(store, Blob, 0, 1, 100);
        }
        var stranger = Path.Combine(_directory, "blobs", Alice.ToString(), "README");
        File.WriteAllText(stranger, "x");
        await using var again = await OpenAsync(Small);
        Assert.Equal(new BlobCounts(1, 100), await again.CountAsync());
        Assert.True(File.Exists(stranger));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    protected override ValueTask<IBlobStore> OpenAsync(RelayQuotas quotas) =>
        ValueTask.FromResult<IBlobStore>(FileBlobStore.Open(_directory, quotas));
}
