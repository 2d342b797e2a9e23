using Toss.Core.Ports;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Testing;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Storage;

public sealed class StoreFaultTests
{
    private readonly StoreSamples _samples = new(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fault_before_a_commit_writes_nothing_and_one_after_it_everything(bool before)
    {
        using var cipher = new RecordCipher(new byte[RecordCipher.KeySize], new SeededRandomSource(1));
        var armed = true;
        var seen = new List<(StoreStep, bool)>();
        await using var store = await SqliteAgentStore.OpenAsync(
            SqliteAgentStore.InMemory,
            cipher,
            inline: true,
            (step, isBefore) =>
            {
                seen.Add((step, isBefore));
                if (armed && isBefore == before)
                {
                    throw new InvalidOperationException("power cut");
                }
            },
            Cancellation
        );
        var clip = _samples.Clip("text", 1);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await store.CommitAsync(StoreStep.RecordClip, [new InsertClip(clip)], Cancellation)
        );
        Assert.Equal(before, await store.FindClipAsync(clip.Clip.Id, Cancellation) is null);

        armed = false;
        seen.Clear();
        await store.CommitAsync(StoreStep.CompleteClip, [new InsertClip(clip)], Cancellation);
        Assert.Equal([(StoreStep.CompleteClip, true), (StoreStep.CompleteClip, false)], seen);
        Assert.NotNull(await store.FindClipAsync(clip.Clip.Id, Cancellation));
    }

    [Fact]
    public async Task A_write_that_throws_rolls_the_commit_back()
    {
        using var cipher = new RecordCipher(new byte[RecordCipher.KeySize], new SeededRandomSource(1));
        await using var store = await SqliteAgentStore.OpenAsync(
            SqliteAgentStore.InMemory,
            cipher,
            inline: true,
            cancellation: Cancellation
        );
        var clip = _samples.Clip("text", 1);
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await store.CommitAsync(StoreStep.RecordClip, [new InsertClip(clip), new UnknownWrite()], Cancellation)
        );
        Assert.Null(await store.FindClipAsync(clip.Clip.Id, Cancellation));
        Assert.Equal(
            CommitResult.Committed,
            await store.CommitAsync(StoreStep.RecordClip, [new InsertClip(clip)], Cancellation)
        );
    }

    [Fact]
    public async Task Inline_work_is_done_when_the_call_returns()
    {
        using var cipher = new RecordCipher(new byte[RecordCipher.KeySize], new SeededRandomSource(1));
        var opened = false;
        var opening = OpenAsync();
        Assert.True(opened);
        await using var store = await opening;
        Assert.True(
            IsDone(store.CommitAsync(StoreStep.RecordClip, [new InsertClip(_samples.Clip("text", 1))], Cancellation))
        );
        Assert.True(IsDone(store.NewestClipsAsync(5, Cancellation)));

        async Task<SqliteAgentStore> OpenAsync()
        {
            var store = await SqliteAgentStore.OpenAsync(
                SqliteAgentStore.InMemory,
                cipher,
                inline: true,
                cancellation: Cancellation
            );
            opened = true;
            return store;
        }
    }

    private static bool IsDone<T>(ValueTask<T> task) => task.IsCompletedSuccessfully;

    private sealed record UnknownWrite : StoreWrite;
}
