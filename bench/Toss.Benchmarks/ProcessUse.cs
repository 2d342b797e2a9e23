using System.Globalization;

namespace Toss.Benchmarks;

/// <summary>What a process used up to now, as /proc has it (proc(5)).</summary>
internal sealed class ProcessUse
{
    private readonly Dictionary<string, long> _switches = [];

    private ProcessUse(int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        PssKilobytes = Field($"{folder}/smaps_rollup", "Pss:");
        foreach (var thread in Directory.GetDirectories($"{folder}/task"))
        {
            try
            {
                _switches[thread] = Field($"{thread}/status", "voluntary_ctxt_switches:");
            }
            catch (IOException)
            {
                // It ended between the two looks.
            }
        }
        var fields = Fields(process);
        Cpu = TimeSpan.FromMilliseconds(
            10
                * (
                    long.Parse(fields[11], CultureInfo.InvariantCulture)
                    + long.Parse(fields[12], CultureInfo.InvariantCulture)
                )
        );
    }

    /// <summary>Processor time of a process and of all its children that ended.</summary>
    public static TimeSpan WithChildren(int process) =>
        TimeSpan.FromMilliseconds(
            10 * Fields(process)[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture))
        );

    public long PssKilobytes { get; }

    /// <summary>Of all its threads, those that ended too.</summary>
    public TimeSpan Cpu { get; }

    public int Threads => _switches.Count;

    public static ProcessUse Of(int process) => new(process);

    /// <summary>
    /// Times its threads went to sleep of their own accord since <paramref name="before"/>, and so were woken. What a
    /// thread did that ended in between is lost.
    /// </summary>
    public long WakeUpsSince(ProcessUse before) =>
        _switches.Sum(thread => thread.Value - before._switches.GetValueOrDefault(thread.Key));

    /// <summary>Of its stat, after the name, which may hold spaces: 11 to 14 are times in ticks of 10 ms.</summary>
    private static string[] Fields(int process)
    {
        var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long Field(string file, string name) =>
        long.Parse(
            File.ReadLines(file)
                .First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
                .Replace("kB", "", StringComparison.Ordinal)
                .Trim(),
            CultureInfo.InvariantCulture
        );
}
