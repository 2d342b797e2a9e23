using Toss.Control;
using Toss.Core.Backups;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Backups;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Backups;

/// <summary>What goes into a backup and what does not: deleted meanwhile, damaged, secret.</summary>
public sealed class BackupExportTests : BackupBench
{
    /// <summary>More of them than a chunk holds, so that some are still to be read when the first chunk is there.</summary>
    private const int Long = 60_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_deleted_during_an_export_does_not_go_out(bool everywhere)
    {
        var ids = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            ids.Add(await CopyAsync(A, $"{i} ".PadRight(Long, 'x')));
        }
        await using var stream = await A.Control.ExportAsync(Passphrase, default);
        var first = await BeginningAsync(stream);
        await A.Control.DeleteAsync(new DeleteRequest([ids[0], ids[1]], everywhere), default);
        byte[] backup = [.. first, .. await AllOfAsync(stream)];

        Assert.Equal(new ExportReport(true, 6, 6 * Long), await A.Control.GetExportAsync(default));
        Assert.Equal(new ImportReport(6, 6 * Long), await ImportAsync(B, backup));
        Assert.Equal(ids[2..].Order(), (await HistoryAsync(B)).Select(entry => entry.Id).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_deleted_in_the_middle_of_its_content_is_in_no_history_and_not_called_damaged(
        bool everywhere
    )
    {
        await CopyAsync(A, "stays");
        var picture = await CopyLargeAsync(A, 2_000_000);
        await using var stream = await A.Control.ExportAsync(Passphrase, default);
        var first = await BeginningAsync(stream);
        await A.Control.DeleteAsync(new DeleteRequest([picture], everywhere), default);
        byte[] backup = [.. first, .. await AllOfAsync(stream)];

        Assert.InRange(backup.Length, 0, 500_000);
        Assert.Equal(new ExportReport(true, 1, 5), await A.Control.GetExportAsync(default));
        Assert.Equal(new ImportReport(1, 5), await ImportAsync(B, backup));
        Assert.Equal(["stays"], await PreviewsAsync(B));
        Assert.Equal((0, 0), (B.Blobs.Ids.Count(), B.Blobs.Staged));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_clip_with_a_broken_piece_is_left_out_on_both_sides_and_counted(int broken)
    {
        await CopyAsync(A, "before it");
        var picture = await CopyLargeAsync(A, 500_000);
        await CopyAsync(A, "after it");
        await BreakAsync(await BlobOfAsync(A, picture), broken);

        var backup = await ExportAsync(A);

        Assert.Equal(new ExportReport(true, 2, 17) { Damaged = 1 }, await A.Control.GetExportAsync(default));
        Assert.Equal(new ImportReport(2, 17) { Damaged = 1 }, await ImportAsync(B, backup));
        Assert.Equal(["after it", "before it"], await PreviewsAsync(B));
        Assert.Equal((0, 0), (B.Blobs.Ids.Count(), B.Blobs.Staged));
    }

    [Fact]
    public async Task Rows_that_do_not_open_are_left_out_and_counted()
    {
        ClipId? damaged = null;
        await using var c = await LoneAgent.StartAsync(
            3,
            Time,
            (call, arguments, goOn) =>
                call == nameof(IAgentStore.FindClipAsync) && damaged is { } id && id == (ClipId)arguments[0]!
                    ? throw new StoreException(StoreFailure.Damaged, "does not open")
                    : goOn()
        );
        damaged = Id(await CopyAsync(c, "damaged"));
        await CopyAsync(c, "whole");

        var backup = await ExportAsync(c);

        Assert.Equal(new ExportReport(true, 1, 5) { Damaged = 1 }, await c.Control.GetExportAsync(default));
        Assert.Equal(new ImportReport(1, 5), await ImportAsync(B, backup));
    }

    /// <summary>None is recorded, but of an older version one may be.</summary>
    [Fact]
    public async Task A_sensitive_clip_goes_into_no_backup_and_comes_out_of_none()
    {
        await CopyAsync(A, "not sensitive");
        var id = new ClipId(77);
        var secret = await A.AskAsync(() =>
            ClipWriter.Sign(
                A.Agent.Device.Key,
                A.Agent.Device.Circle.Id,
                id,
                new ClipStamp(Time.GetUtcNow().ToUnixTimeMilliseconds(), 1, A.Id),
                Sensitivity.Transient,
                [new Representation(MediaTypes.Text, 6, "hunter"u8.ToArray(), null)]
            )
        );
        var stored = new StoredClip(secret, ClipState.Complete, Claim: false, Time.GetUtcNow());
        await A.OnAsync(() => A.Store.CommitAsync(StoreStep.RecordClip, [new InsertClip(stored)], default));

        Assert.Equal(new ImportReport(1, 13), await ImportAsync(B, await ExportAsync(A)));
        Assert.Equal(new ExportReport(true, 1, 13) { Sensitive = 1 }, await A.Control.GetExportAsync(default));

        var made = await MadeAsync(
            new BackupRecord { Settings = new BackupSettings() },
            BackedUpClip.Write(stored, "A"),
            new BackupRecord { End = new BackupEnd { Clips = 1 } }
        );
        Assert.Equal(new ImportReport(0, 0) { Damaged = 1 }, await ImportAsync(B, made));
        Assert.Equal(["not sensitive"], await PreviewsAsync(B));
    }

    /// <summary>The header, and what is in the first chunk.</summary>
    private static async Task<byte[]> BeginningAsync(Stream stream)
    {
        var first = new byte[BackupHeader.Size + BackupSealer.SealedChunkSize];
        await stream.ReadExactlyAsync(first);
        return first;
    }

    private async Task BreakAsync(BlobId blob, int chunk)
    {
        var count = await A.Blobs.CountChunksAsync(blob, default);
        await using var writer = await A.Blobs.CreateAsync(default);
        var buffer = new byte[Limits.SealedBlobChunk];
        for (var index = 0; index < count; index++)
        {
            var length = await A.Blobs.ReadChunksAsync(blob, index, buffer, default);
            buffer[100] ^= (byte)(index == chunk ? 1 : 0);
            await writer.AppendAsync(buffer.AsMemory(0, length), default);
        }
        await writer.CommitAsync(blob, default);
    }
}
