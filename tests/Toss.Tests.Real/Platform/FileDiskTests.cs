using Toss.Control;
using Toss.Core.Ports;
using Toss.Platform.Files;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Tests.Real.Storage;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>Disks that are full, where files are sent and where they come: said in words, and nothing is left.</summary>
public sealed class FileDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_disk_that_fills_while_files_are_put_together_keeps_none_of_them()
    {
        using var disk = new MountedDisk(2048);
        File.WriteAllBytes(_folder["large"], TestContent.Noise(4 * 1024 * 1024));
        var trees = new FileTrees();
        await using var tree = await trees.OpenAsync([_folder["large"]], default);
        var set = new MemoryStream();
        await tree.Content.CopyToAsync(set);
        var to = disk.File("to");
        await using (var arrival = await trees.ReceiveAsync(to, "1", default))
        {
            var failure = await Assert.ThrowsAsync<FileTreeException>(async () =>
            {
                foreach (var piece in set.ToArray().Chunk(100_000))
                {
                    Assert.True(await arrival.WriteAsync(piece, default));
                }
            });
            Assert.Equal(FileTreeFailure.DiskFull, failure.Failure);
            Assert.Equal($"Cannot write in {to}: the disk is full.", failure.Message);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(to));
    }

    [Fact]
    public async Task A_disk_without_room_for_the_sealed_files_sends_nothing()
    {
        using var disk = new MountedDisk(16 * 1024);
        await using var relay = await RelayProcess.StartBuiltAsync(BuiltPrograms.Default);
        await using var a = await TestAgent.StartAsync(disk.File("a"), "Anna", relay.Url);
        await using var b = await TestAgent.StartAsync(_folder["b"], "Bert", relay.Url);
        Assert.IsType<PairingDone>((await TestPairing.PairAsync(a.Control, b.Control)).Inviter);
        File.WriteAllBytes(_folder["large"], TestContent.Noise(32 * 1024 * 1024));
        var events = new List<SendEvent>();
        await foreach (var next in a.Control.SendFilesAsync(new([_folder["large"]], null), default))
        {
            events.Add(next);
        }
        var failed = Assert.IsType<SendFailed>(events[^1]);
        Assert.Equal(ControlErrors.Storage, failed.Code);
        Assert.StartsWith("The disk is full.", failed.Message, StringComparison.Ordinal);
        Assert.Empty(a.BlobFiles);
        Assert.Empty(await a.Control.GetHistoryAsync(null, 10, default));
    }
}
