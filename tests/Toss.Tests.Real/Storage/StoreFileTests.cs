using System.Runtime.Versioning;
using System.Text;
using Microsoft.Data.Sqlite;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Storage.Sqlite;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>The file: who may open it, which versions, and what stands in it.</summary>
[SupportedOSPlatform("linux")]
public sealed class StoreFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StoreSamples _samples = new(9);
    private readonly RecordCipher _cipher = new(new byte[RecordCipher.KeySize], SystemRandomSource.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _directory.File("data/toss.db");

    public void Dispose()
    {
        _cipher.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Only_the_owner_can_read()
    {
        await using var store = await OpenAsync();
        await CommitAsync(store, _samples.Clip("text", 1));
        Assert.Equal(Modes.OwnerDirectory, File.GetUnixFileMode(Path.GetDirectoryName(Database)!));
        var files = Directory.GetFiles(Path.GetDirectoryName(Database)!);
        Assert.Equal(["toss.db", "toss.db-wal"], files.Select(file => Path.GetFileName(file)).Order());
        Assert.All(files, file => Assert.Equal(Modes.OwnerFile, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_file_that_others_could_read_is_closed_to_them()
    {
        await (await OpenAsync()).DisposeAsync();
        File.SetUnixFileMode(Database, Modes.OwnerFile | UnixFileMode.OtherRead);
        await using var store = await OpenAsync();
        Assert.Equal(Modes.OwnerFile, File.GetUnixFileMode(Database));
    }

    [Fact]
    public async Task A_second_store_on_the_same_file_is_told_that_it_is_busy()
    {
        var first = await OpenAsync();
        await CommitAsync(first, _samples.Clip("text", 1));
        await AssertFailsAsync(StoreFailure.Busy);
        await CommitAsync(first, _samples.Clip("text", 2));
        await first.DisposeAsync();
        await using var second = await OpenAsync();
        Assert.Equal(2, (await second.NewestClipsAsync(10, Cancellation)).Count);
    }

    /// <summary>A mebibyte at a time, so that nobody waits long for the store.</summary>
    [Fact]
    public async Task What_was_erased_makes_the_file_smaller()
    {
        await using var store = await OpenAsync();
        await store.CommitAsync(
            StoreStep.RecordClip,
            [.. Enumerable.Range(0, 200).Select(i => new InsertClip(_samples.Clip(new string('x', 40_000), i)))],
            TestContext.Current.CancellationToken
        );
        var full = new FileInfo(Database).Length;
        Assert.False(await store.CompactAsync(TestContext.Current.CancellationToken));
        await store.CommitAsync(
            StoreStep.EraseHistory,
            [new EraseCircle(History: true)],
            TestContext.Current.CancellationToken
        );
        Assert.InRange(new FileInfo(Database).Length, full, long.MaxValue);
        var steps = 1;
        for (var before = full; await store.CompactAsync(TestContext.Current.CancellationToken); steps++)
        {
            var now = new FileInfo(Database).Length;
            Assert.InRange(before - now, 1, 2 * 1024 * 1024);
            before = now;
        }
        Assert.InRange(steps, full / 2 / 1024 / 1024, full / 512 / 1024);
        Assert.InRange(new FileInfo(Database).Length, 0, full / 5);
    }

    [Fact]
    public async Task Another_key_is_refused_at_opening()
    {
        await (await OpenAsync()).DisposeAsync();
        using var other = new RecordCipher([1, .. new byte[RecordCipher.KeySize - 1]], SystemRandomSource.Instance);
        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await SqliteAgentStore.OpenAsync(Database, other, cancellation: Cancellation)
        );
        Assert.Equal(StoreFailure.Damaged, failure.Failure);
        Assert.Contains("storage key", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_our_database_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Database)!);
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("This is no database. ", 300)));
        await File.WriteAllBytesAsync(Database, text, Cancellation);
        await AssertFailsAsync(StoreFailure.Damaged);
        Assert.Equal(text, await File.ReadAllBytesAsync(Database, Cancellation));

        File.Delete(Database);
        Run("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (7)");
        await AssertFailsAsync(StoreFailure.Damaged);
        Assert.Equal(7L, Run("SELECT a FROM theirs"));
    }

    [Fact]
    public async Task A_newer_database_is_refused_and_left_alone()
    {
        await (await OpenAsync()).DisposeAsync();
        Run("PRAGMA user_version = 99");
        var failure = await AssertFailsAsync(StoreFailure.NewerVersion);
        Assert.Contains("Update Toss", failure.Message, StringComparison.Ordinal);
        Assert.Equal(99L, Run("PRAGMA user_version"));
    }

    [Fact]
    public async Task Migrations_run_forward_from_each_version_and_keep_what_is_stored()
    {
        var clip = _samples.Clip("kept", 1);
        var shipped = Schema.Migrations[^1].Version;
        Migration[] later =
        [
            .. Schema.Migrations,
            new(shipped + 1, "CREATE TABLE second (a INTEGER) STRICT; INSERT INTO second VALUES (1)"),
            new(shipped + 2, "UPDATE second SET a = a + 1"),
        ];
        for (var version = 1; version <= later.Length; version++)
        {
            await using (var store = await OpenAsync(later[..version]))
            {
                await CommitAsync(store, clip);
            }
            await using (var store = await OpenAsync(later))
            {
                Assert.Equal(clip.Describe(), (await store.FindClipAsync(clip.Clip.Id, Cancellation))!.Describe());
            }
            Assert.Equal(shipped + 2L, Run("PRAGMA user_version"));
            Assert.Equal(2L, Run("SELECT a FROM second"));
            File.Delete(Database);
        }
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_version_before_it()
    {
        await (await OpenAsync()).DisposeAsync();
        var shipped = Schema.Migrations[^1].Version;
        Migration[] broken =
        [
            .. Schema.Migrations,
            new(shipped + 1, "CREATE TABLE second (a); SELECT no_such_column FROM clip"),
        ];
        await Assert.ThrowsAsync<StoreException>(async () => await OpenAsync(broken));
        Assert.Equal((long)shipped, Run("PRAGMA user_version"));
        Assert.Equal(0L, Run("SELECT count(*) FROM sqlite_schema WHERE name = 'second'"));
    }

    [Fact]
    public async Task The_shipped_schema_of_version_1_never_changes()
    {
        var sql = Encoding.UTF8.GetBytes(Schema.Migrations[0].Sql.ReplaceLineEndings("\n"));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(sql));
        Assert.Equal("a427b65712740453d5fee8e99c3809a1345e742545ea7b9a3d7e5992e37dc59d", hash);
        await (await OpenAsync()).DisposeAsync();
        Assert.Equal((long)Schema.Migrations[^1].Version, Run("PRAGMA user_version"));
    }

    private ValueTask<SqliteAgentStore> OpenAsync() =>
        SqliteAgentStore.OpenAsync(Database, _cipher, cancellation: Cancellation);

    private ValueTask<SqliteAgentStore> OpenAsync(IReadOnlyList<Migration> migrations) =>
        SqliteAgentStore.OpenAsync(Database, _cipher, migrations, inline: false, fault: null, Cancellation);

    private static async Task CommitAsync(SqliteAgentStore store, Core.Clips.StoredClip clip) =>
        await store.CommitAsync(StoreStep.RecordClip, [new InsertClip(clip)], Cancellation);

    private async Task<StoreException> AssertFailsAsync(StoreFailure expected)
    {
        var failure = await Assert.ThrowsAsync<StoreException>(async () => await OpenAsync());
        Assert.Equal(expected, failure.Failure);
        return failure;
    }

    private object? Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
