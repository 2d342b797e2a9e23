using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>A search of a long history: counted in work, since time depends on the machine.</summary>
public sealed class SearchWorkTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StoreSamples _samples = new(43);
    private readonly RecordCipher _cipher = new(new byte[RecordCipher.KeySize], SystemRandomSource.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _cipher.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("nirgends, ÖDE")]
    public async Task A_clip_that_does_not_match_costs_no_allocation(string query)
    {
        const int Clips = 2000;
        await using var store = await OpenAsync();
        await FillAsync(store, Clips);
        await store.SearchHistoryAsync(query, 10, Cancellation);

        // Inline: the work is done on this thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var found = store.SearchHistoryAsync(query, 10, Cancellation);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Empty(await found);
        Assert.InRange(allocated, 0, Clips * 16);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("TEXT OF")]
    public async Task A_search_opens_nothing_beyond_its_limit(string? query)
    {
        await using (var store = await OpenAsync())
        {
            await FillAsync(store, 100);
        }
        // All but the newest ten do not open: whoever tries is counted.
        using (
            var connection = new Microsoft.Data.Sqlite.SqliteConnection(
                $"Data Source={_directory.File("toss.db")};Pooling=False"
            )
        )
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE clip SET sealed = zeroblob(200) WHERE ms < 90";
            Assert.Equal(90, command.ExecuteNonQuery());
        }
        await using var reopened = await OpenAsync();
        Assert.Equal(10, (await reopened.SearchHistoryAsync(query, 10, Cancellation)).Count);
        Assert.Equal(0, reopened.DamagedClips);
        Assert.Equal(10, (await reopened.SearchHistoryAsync(query, 11, Cancellation)).Count);
        Assert.Equal(90, reopened.DamagedClips);
    }

    private ValueTask<SqliteAgentStore> OpenAsync() =>
        SqliteAgentStore.OpenAsync(_directory.File("toss.db"), _cipher, inline: true, cancellation: Cancellation);

    private async Task FillAsync(SqliteAgentStore store, int count) =>
        await store.CommitAsync(
            StoreStep.RecordClip,
            [.. Enumerable.Range(0, count).Select(i => new InsertClip(_samples.Clip($"The text of clip {i}", i)))],
            Cancellation
        );
}
