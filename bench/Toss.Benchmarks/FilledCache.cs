using Toss.Testing.Platform;

namespace Toss.Benchmarks;

/// <summary>
/// A file that fills the page cache. Memory that a machine gave back to its hypervisor costs several times as much when it is
/// touched first as what is reused; whose turn is next would pay for it, and no other machine would.
/// </summary>
internal sealed class FilledCache : IDisposable
{
    private const int MiB = 1024 * 1024;

    /// <summary>MiB that stay free for programs.</summary>
    private const long Spared = 1536;

    private readonly TemporaryFolder _folder = new();

    private FilledCache() { }

    public static FilledCache Fill()
    {
        var cache = new FilledCache();
        var most = Math.Min(MemoryFree() - Spared, new DriveInfo(cache._folder.Path).AvailableFreeSpace / MiB / 2);
        using var file = File.Create(cache._folder["fill"]);
        var zeros = new byte[MiB];
        for (var written = 0L; written < most; written++)
        {
            file.Write(zeros);
        }
        file.Flush(flushToDisk: true);
        return cache;
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>MiB, as proc_meminfo(5) has it: nothing is in it.</summary>
    private static long MemoryFree() =>
        long.Parse(
            File.ReadLines("/proc/meminfo")
                .First(line => line.StartsWith("MemFree:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            System.Globalization.CultureInfo.InvariantCulture
        ) / 1024;
}
