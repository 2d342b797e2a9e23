using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>`toss send FILE` between two real programs.</summary>
[Trait("Tier", "alone")]
public sealed class FileProgramTests : IDisposable
{
    private const long Sparse = 4L * 1024 * 1024 * 1024;

    /// <summary>What the fetched part needs beside: queues, chunks, what the collector did not get to yet.</summary>
    private const long MostAboveIdle = 40L * 1024 * 1024;

    private readonly DirectoryInfo _from = Directory.CreateTempSubdirectory("toss-from-");
    private readonly DirectoryInfo _to = Directory.CreateTempSubdirectory("toss-to-");

    public void Dispose()
    {
        _from.Delete(recursive: true);
        _to.Delete(recursive: true);
    }

    /// <summary>More chunks than have their hashes beside the id, and a disk's image that is mostly holes.</summary>
    [Fact]
    public async Task Four_gibibytes_with_holes_and_256_MiB_without_arrive_and_memory_stays_flat()
    {
        var folder = _from.CreateSubdirectory("machine");
        using (var image = File.Create(Path.Combine(folder.FullName, "disk.img")))
        {
            image.SetLength(Sparse);
            foreach (var at in new[] { 0, Sparse / 2, Sparse - 4096 })
            {
                image.Position = at;
                image.Write(Noise(4096, (int)(at >> 12)));
            }
        }
        using (var large = File.Create(Path.Combine(folder.FullName, "large")))
        {
            for (var i = 0; i < 256; i++)
            {
                large.Write(Noise(1024 * 1024, i));
            }
        }
        folder.CreateSubdirectory("empty");

        await using var two = await TwoPrograms.PairedAsync(usesLinks: true);
        await two.B.JsonAsync("config", "receive-folder", _to.FullName);
        await two.A.LinkedAsync();
        await two.B.LinkedAsync();
        var (idleA, idleB) = (ProcessMemory.Peak(two.A.DaemonPid), ProcessMemory.Peak(two.B.DaemonPid));

        var watch = Stopwatch.StartNew();
        var sent = (await two.A.RunAsync("send", folder.FullName, "--to", "beta-lap")).Exits(0);
        var took = watch.Elapsed;
        Assert.Equal("beta-lap has received it.", sent.Output.Trim());

        var (peakA, peakB) = (ProcessMemory.Peak(two.A.DaemonPid), ProcessMemory.Peak(two.B.DaemonPid));
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"4 GiB with holes and 256 MiB in {took.TotalSeconds:0.0} s; peak above idle: {Above(peakA, idleA):0.0} MiB where it was sent, {Above(peakB, idleB):0.0} MiB where it came"
            )
        );
        await RunAsync("diff", "-r", folder.FullName, Path.Combine(_to.FullName, "machine"));
        Assert.True(Directory.Exists(Path.Combine(_to.FullName, "machine", "empty")));
        Assert.InRange(await StoredAsync(Path.Combine(_to.FullName, "machine", "disk.img")), 1, 16 * 1024 * 1024);
        Assert.InRange(peakA - idleA, 0, MostAboveIdle);
        Assert.InRange(peakB - idleB, 0, MostAboveIdle);
        Assert.Equal(["machine"], NamesIn(_to));
    }

    /// <summary>At whatever instant: once all of it is there, it is there once, and nothing else is.</summary>
    [Fact]
    public async Task Who_is_killed_while_files_come_gets_them_once()
    {
        var folder = _from.CreateSubdirectory("many");
        for (var i = 0; i < 400; i++)
        {
            File.WriteAllBytes(Path.Combine(folder.FullName, $"{i}"), Noise(20_000, i));
        }
        await using var two = await TwoPrograms.PairedAsync();
        await two.B.JsonAsync("config", "receive-folder", _to.FullName);
        for (var round = 0; round < 8; round++)
        {
            await using var sending = two.A.Begin("send", folder.FullName);
            await Task.Delay(TimeSpan.FromMilliseconds(150 + (round * 100)));
            await two.B.KillAsync();
            await two.B.UpAsync();
            await Eventually.HoldsAsync(
                "the files to be there once more",
                () => Task.FromResult(NamesIn(_to).Count(name => !name.StartsWith('.')) == round + 1),
                two.B.StateAsync
            );
            await Eventually.HoldsAsync(
                "what they were put together in to be gone",
                () => Task.FromResult(NamesIn(_to).Count == round + 1),
                two.B.StateAsync
            );
        }
        foreach (var copy in _to.GetDirectories())
        {
            await RunAsync("diff", "-r", folder.FullName, copy.FullName);
        }
        Assert.Empty(Directory.GetFiles(Path.Combine(two.B.Folders.Data, "blobs", "partial")));
    }

    private static List<string> NamesIn(DirectoryInfo folder) =>
        [.. folder.GetFileSystemInfos().Select(one => one.Name).Order(StringComparer.Ordinal)];

    private static byte[] Noise(int length, int seed)
    {
        var noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static double Above(long peak, long idle) => (peak - idle) / 1024.0 / 1024;

    private static async Task<long> StoredAsync(string path) =>
        long.Parse((await RunAsync("du", "-B1", path)).Split('\t')[0], CultureInfo.InvariantCulture);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {said} {await process.StandardError.ReadToEndAsync()}");
        return said;
    }
}
