using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Backups;

/// <summary>What is in history without its content gets that back out of a backup, however it was lost.</summary>
public sealed class BackupRestoreTests : BackupBench
{
    private const int Size = 500_000;

    /// <summary>Null: the row says that it is whole, and the disk lost it.</summary>
    public static TheoryData<ClipState?> Ways =>
        [
            (ClipState?)null,
            ClipState.Lost,
            ClipState.Cancelled,
            ClipState.Offered,
            ClipState.Incomplete,
            ClipState.Wanted,
        ];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Content_that_is_missing_comes_back(ClipState? state)
    {
        var text = await CopyAsync(A, "whole");
        var picture = await CopyLargeAsync(A, Size);
        var backup = await ExportAsync(A);
        await ImportAsync(B, backup);
        var blob = await BlobOfAsync(B, picture);
        await LoseAsync(picture, blob, state);
        Assert.Empty(B.Blobs.Ids);
        if (state == ClipState.Incomplete)
        {
            // Some of it came once.
            await using var part = await B.Blobs.OpenPartialAsync(blob, Size + 1000, default);
        }

        Assert.Equal(new ImportReport(0, 0) { Known = 1, Restored = 1 }, await ImportAsync(B, backup));

        Assert.Equal(TestContent.Noise(Size), await ReadAsync(B, picture));
        Assert.Equal(ClipState.Complete, (await StoredAsync(B, picture)).State);
        // It is the clip's, and goes with it alone.
        Assert.Contains(blob, await B.OnAsync(() => B.Store.HeldBlobsAsync([blob], default)));
        Assert.Empty(B.Blobs.Parts);
        Assert.Equal(0, B.Blobs.Staged);
        Assert.Equal([picture, text], (await HistoryAsync(B)).Select(entry => entry.Id));
        Assert.Equal(new ImportReport(0, 0) { Known = 2 }, await ImportAsync(B, backup));
    }

    [Fact]
    public async Task Who_sent_it_hears_that_it_is_here()
    {
        var picture = await CopyLargeAsync(A, Size);
        var backup = await ExportAsync(A);
        await ImportAsync(B, backup);
        await LoseAsync(picture, await BlobOfAsync(B, picture), ClipState.Offered);
        var message = new MessageId(7);
        await B.OnAsync(() =>
            B.Store.CommitAsync(
                StoreStep.RecordOutcome,
                [
                    new InsertReceived(
                        new ReceivedRecord(
                            A.Id,
                            message,
                            default,
                            Id(picture),
                            Receipt.Types.Outcome.Offered,
                            RefusalReason.None,
                            ReceiptDue: false,
                            Time.GetUtcNow(),
                            ReceiptSentAt: null
                        )
                    ),
                ],
                default
            )
        );

        Assert.Equal(1, (await ImportAsync(B, backup)).Restored);

        var said = await B.OnAsync(() => B.Store.ReceivedOfClipAsync(Id(picture), default));
        Assert.Equal(Receipt.Types.Outcome.Kept, said.Single().Outcome);
        Assert.True(said.Single().ReceiptDue);
    }

    [Fact]
    public async Task What_was_deleted_here_does_not_come_back_with_its_content()
    {
        var picture = await CopyLargeAsync(A, Size);
        var backup = await ExportAsync(A);
        await ImportAsync(B, backup);
        await LoseAsync(picture, await BlobOfAsync(B, picture), ClipState.Lost);
        await B.Control.DeleteAsync(new DeleteRequest([picture]), default);
        Assert.Equal(new ImportReport(0, 0) { Deleted = 1 }, await ImportAsync(B, backup));
        Assert.Empty(B.Blobs.Ids);
    }

    [Fact]
    public async Task What_history_has_no_room_for_stays_without_its_content()
    {
        var picture = await CopyLargeAsync(A, 2_000_000);
        var backup = await ExportAsync(A);
        await ImportAsync(B, backup);
        await LoseAsync(picture, await BlobOfAsync(B, picture), ClipState.Lost);
        await B.Control.SetConfigAsync(ConfigKeys.HistorySize, "1", default);
        Assert.Equal(new ImportReport(0, 0) { Known = 1 }, await ImportAsync(B, backup));
        Assert.Equal(ClipState.Lost, (await StoredAsync(B, picture)).State);
        Assert.Empty(B.Blobs.Ids);
    }

    [Fact]
    public async Task A_row_that_does_not_open_is_replaced()
    {
        ClipId? damaged = null;
        await using var c = await LoneAgent.StartAsync(
            3,
            Time,
            (call, arguments, goOn) =>
            {
                if (call == nameof(IAgentStore.FindClipAsync) && damaged is { } id && id == (ClipId)arguments[0]!)
                {
                    throw new StoreException(StoreFailure.Damaged, "does not open");
                }
                if (
                    call == nameof(IAgentStore.CommitAsync)
                    && ((IReadOnlyList<StoreWrite>)arguments[1]!)
                        .OfType<EraseClip>()
                        .Any(erase => erase.Clip == damaged)
                )
                {
                    damaged = null;
                }
                return goOn();
            }
        );
        var text = await CopyAsync(A, "a text");
        var other = await CopyAsync(A, "another");
        await A.Control.MarkClipAsync(new MarkRequest(text, Add: ["kept"]), default);
        var backup = await ExportAsync(A);
        await ImportAsync(c, backup);
        damaged = Id(text);

        Assert.Equal(new ImportReport(0, 0) { Known = 1, Restored = 1 }, await ImportAsync(c, backup));

        Assert.Null(damaged);
        var entries = await HistoryAsync(c);
        Assert.Equal([other, text], entries.Select(entry => entry.Id));
        Assert.Equal(["kept"], entries[1].Tags);
    }

    private async Task LoseAsync(string clip, BlobId blob, ClipState? state)
    {
        if (state is { } said)
        {
            await B.OnAsync(() =>
                B.Store.CommitAsync(StoreStep.CompleteClip, [new SetClipState(Id(clip), said)], default)
            );
        }
        await B.Blobs.DeleteAsync(blob, default);
    }
}
