using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>A list or a search of a long history: counted in work, since time depends on the machine.</summary>
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

    /// <summary>Rows are opened in place, and their text goes into one buffer.</summary>
    [Fact]
    public async Task Reading_previews_allocates_little_for_each()
    {
        const int Clips = 2000;
        await using var store = await OpenAsync();
        await FillAsync(store, Clips);
        (await store.ReadPreviewsAsync(0, Clips, Cancellation)).Dispose();

        // Inline: the work is done on this thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = store.ReadPreviewsAsync(0, Clips, Cancellation);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        using var page = await reading;
        Assert.Equal(Clips, page.Rows.Count);
        Assert.InRange(allocated, 0, (Clips * 250) + (256 * 1024));
    }

    [Fact]
    public async Task A_list_opens_nothing_beyond_its_limit()
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
        Assert.Equal(10, (await reopened.NewestClipsAsync(10, Cancellation)).Count);
        Assert.Equal(0, reopened.DamagedClips);
        Assert.Equal(10, (await reopened.NewestClipsAsync(11, Cancellation)).Count);
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
