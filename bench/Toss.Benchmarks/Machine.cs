using System.Runtime.InteropServices;

namespace Toss.Benchmarks;

/// <summary>Where figures were taken.</summary>
internal static class Machine
{
    public static string Processor =>
        File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1]
            .Trim()
        ?? RuntimeInformation.ProcessArchitecture.ToString();

    public static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
}
