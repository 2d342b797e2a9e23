using Toss.Control;
using Xunit;

namespace Toss.Tests.Agent.Backups;

/// <summary>A backup, what history keeps, and what was deleted: also long after.</summary>
public sealed class BackupRoomTests : BackupBench
{
    [Fact]
    public async Task What_made_room_for_the_backup_was_not_in_it_and_is_not_counted()
    {
        await CopyAsync(B, "B's own, the oldest");
        await CopyAsync(B, "B's own");
        Time.Advance(TimeSpan.FromDays(1));
        await FourTextsAsync();
        await B.Control.SetConfigAsync(ConfigKeys.HistoryClips, "4", default);

        Assert.Equal(new ImportReport(4, 4), await ImportAsync(B, await ExportAsync(A)));

        Assert.Equal(["4", "3", "2", "1"], await PreviewsAsync(B));
    }

    [Fact]
    public async Task What_had_no_room_is_not_counted_as_new()
    {
        await FourTextsAsync();
        Time.Advance(TimeSpan.FromDays(1));
        foreach (var text in new[] { "x", "y", "z" })
        {
            await CopyAsync(B, text);
        }
        await B.Control.SetConfigAsync(ConfigKeys.HistoryClips, "4", default);

        Assert.Equal(new ImportReport(1, 1) { NotKept = 3 }, await ImportAsync(B, await ExportAsync(A)));

        Assert.Equal(["z", "y", "x", "4"], await PreviewsAsync(B));
    }

    /// <summary>A pin, or a history that is kept for longer since, would bring back what nobody was ever to see again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_deleted_stays_deleted_however_long_ago(bool everywhere)
    {
        var pinned = await CopyAsync(A, "a mistake");
        await A.Control.MarkClipAsync(new MarkRequest(pinned, Pinned: true), default);
        var other = await CopyAsync(A, "another");
        var backup = await ExportAsync(A);
        await A.Control.DeleteAsync(new DeleteRequest([pinned, other], everywhere), default);
        await A.Control.SetConfigAsync(ConfigKeys.HistoryDays, "365", default);
        for (var day = 0; day < 300; day += 100)
        {
            Time.Advance(TimeSpan.FromDays(100));
            await A.HousekeepAsync();
        }
        await A.Control.SetConfigAsync(ConfigKeys.HistoryDays, "3650", default);

        Assert.Equal(new ImportReport(0, 0) { Deleted = 2 }, await ImportAsync(A, backup));
        Assert.Empty(await HistoryAsync(A));
    }

    private async Task FourTextsAsync()
    {
        foreach (var text in new[] { "1", "2", "3", "4" })
        {
            await CopyAsync(A, text);
        }
    }
}
