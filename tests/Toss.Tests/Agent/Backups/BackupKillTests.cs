using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Backups;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Agent.Backups;

/// <summary>An import whose process is killed leaves whole clips and no content without one; the same backup taken again is taken whole.</summary>
public sealed class BackupKillTests : BackupBench
{
    private const int Large = 500_000;

    private SimWorld? _world;

    /// <param name="largeFirst">What is committed first: one clip with its content, or some small ones.</param>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Killed_at_a_commit(bool largeFirst, bool before)
    {
        var backup = await BackupAsync(largeFirst);
        var device = NewDevice();
        device.KillAt(StoreStep.ChangeHistory, before);

        Assert.Null(device.Call(control => control.ImportAsync(Passphrase, new MemoryStream(backup), false, default)));

        Assert.Equal(1, device.FaultsHit);
        Assert.Equal(before ? 0 : (largeFirst ? 1 : 3), device.History.Count);
        TakenAgain(device, backup);
    }

    [Fact]
    public async Task Killed_in_the_middle_of_content()
    {
        var backup = await BackupAsync(largeFirst: true);
        var device = NewDevice();
        var half = new HeldStream(backup, BackupHeader.Size + (3 * BackupSealer.SealedChunkSize));
        device.Begin(control => control.ImportAsync(Passphrase, half, false, default));
        _world!.Scheduler.RunUntil(() => half.Reached.IsCompleted, TimeSpan.FromMinutes(1), "half of it to be taken");
        Assert.Equal(1, device.Blobs.Staged);

        device.Kill();

        Assert.Empty(device.History);
        TakenAgain(device, backup);
    }

    private SimDevice NewDevice()
    {
        _world = new SimWorld(1);
        var device = _world.AddDevice("b");
        // Worlds have a time of their own, in which the backup would be of a time to come.
        device.JumpClock(Time.GetUtcNow() - device.Clock!.GetUtcNow());
        return device;
    }

    private async Task<byte[]> BackupAsync(bool largeFirst)
    {
        // The newest is first.
        if (!largeFirst)
        {
            await CopyLargeAsync(A, Large);
        }
        foreach (var text in new[] { "one", "two", "three" })
        {
            await CopyAsync(A, text);
        }
        if (largeFirst)
        {
            await CopyLargeAsync(A, Large);
        }
        return await ExportAsync(A);
    }

    private static void TakenAgain(SimDevice device, byte[] backup)
    {
        device.Start();
        NothingIsHalf(device);
        var left = device.History.Count;

        var report = device.Call(control => control.ImportAsync(Passphrase, new MemoryStream(backup), false, default));

        Assert.Equal((4 - left, left), (report!.Clips, report.Known));
        Assert.Equal(4, device.History.Count);
        NothingIsHalf(device);
    }

    private static void NothingIsHalf(SimDevice device)
    {
        Assert.All(device.History, stored => Assert.Equal(ClipState.Complete, stored.State));
        var held = device.History.SelectMany(stored => stored.Clip.Blobs).Select(blob => blob.Id);
        Assert.Equal(held.Order(), device.Blobs.Ids);
        Assert.Empty(device.Blobs.Parts);
    }
}
