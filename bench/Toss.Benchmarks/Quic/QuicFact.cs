using System.Diagnostics;
using System.Globalization;

namespace Toss.Benchmarks.Quic;

/// <summary>What something took in one process, as one line of text.</summary>
/// <param name="Cpu">Of all threads of the process.</param>
/// <param name="Allocated">Bytes of managed memory.</param>
/// <param name="Datagrams">Sent or received, whichever the side does.</param>
internal sealed record QuicFact(double Seconds, double Cpu, long Allocated, long Datagrams)
{
    public static QuicFact Parse(string line)
    {
        var parts = line.Split(' ');
        return new QuicFact(Number(parts[0]), Number(parts[1]), (long)Number(parts[2]), (long)Number(parts[3]));
    }

    public static Beginning Begin() =>
        new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true));

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Seconds:0.000000} {Cpu:0.000000} {Allocated} {Datagrams}");

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    internal readonly record struct Beginning(long At, TimeSpan Cpu, long Allocated)
    {
        public QuicFact Take(long datagrams) =>
            new(
                Stopwatch.GetElapsedTime(At).TotalSeconds,
                (Environment.CpuUsage.TotalTime - Cpu).TotalSeconds,
                GC.GetTotalAllocatedBytes(precise: true) - Allocated,
                datagrams
            );
    }
}

/// <summary>What a process holds at rest, as one line of text.</summary>
/// <param name="Heap">Bytes of managed memory.</param>
internal sealed record QuicMemory(int Connections, long Heap, int Process)
{
    public static QuicMemory Parse(string line)
    {
        var parts = line.Split(' ').Select(part => long.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return new QuicMemory((int)parts[0], parts[1], (int)parts[2]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Connections} {Heap} {Process}");
}
