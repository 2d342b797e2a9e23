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
        // Fields 14 and 15 of stat, in ticks of 10 ms; counted after the name, which may hold spaces.
        var stat = File.ReadAllText($"{folder}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Cpu = TimeSpan.FromMilliseconds(
            10
                * (
                    long.Parse(fields[11], CultureInfo.InvariantCulture)
                    + long.Parse(fields[12], CultureInfo.InvariantCulture)
                )
        );
    }

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

    private static long Field(string file, string name) =>
        long.Parse(
            File.ReadLines(file)
                .First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
                .Replace("kB", "", StringComparison.Ordinal)
                .Trim(),
            CultureInfo.InvariantCulture
        );
}
