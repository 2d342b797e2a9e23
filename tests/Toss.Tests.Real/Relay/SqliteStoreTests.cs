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
    public async Task Whole_blobs_outlive_a_restart_and_half_done_ones_do_not()
    {
        var half = new BlobId(9, 9);
        await using (var store = await OpenAsync(Small))
        {
            await Put(store, Blob, 0, 2, 100);
            await Put(store, Blob, 1, 2, 30);
            await Put(store, half, 0, 2, 100);
        }
        Assert.Single(Directory.GetFiles(_directory, "*.part", SearchOption.AllDirectories));
        await using var again = await OpenAsync(Small);
        Assert.Empty(Directory.GetFiles(_directory, "*.part", SearchOption.AllDirectories));
        Assert.Equal(Chunk(1, 30), (await again.GetAsync(Alice, Blob, 1, Start))?.ToArray());
        Assert.Null(await again.GetAsync(Alice, Blob, 1, Start + Small.Keep));
        Assert.Equal(BlobPutStatus.OutOfOrder, await Put(again, half, 1, 2, 100));
        Assert.Equal(new BlobCounts(1, 130), await again.CountAsync());
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
