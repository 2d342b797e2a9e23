using System.Text;
using Toss.Control;

namespace Toss.Benchmarks.Lan;

/// <summary>One size through both, and what one clip costs the agent of each side.</summary>
/// <param name="Toss">In the order they were taken.</param>
internal sealed record LanCarried(
    int Bytes,
    IReadOnlyList<double> Toss,
    IReadOnlyList<double> Kde,
    LanCost TossA,
    LanCost TossB,
    LanCost KdeA,
    LanCost KdeB
);

/// <param name="WakeUps">Times that any of its threads went to sleep of its own accord.</param>
internal readonly record struct LanCost(TimeSpan Cpu, double WakeUps);

/// <summary>A stage of one copy of so many bytes: when it began, from the first one on, and how long it took.</summary>
/// <param name="AtMedian">Of all copies of this size, in milliseconds.</param>
internal sealed record LanStage(
    int Bytes,
    string Device,
    string Name,
    double At,
    double Took,
    double AtMedian,
    double TookMedian
);

/// <summary>
/// Texts from display to display, by Toss and by KDE Connect in turn: from just before a program takes CLIPBOARD at A until
/// the program that watches B's has the text from it.
/// </summary>
internal static class LanClips
{
    public const int Small = 32;
    public const int Large = 8_000_000;

    /// <summary>Too large to travel with its message.</summary>
    public const int Fetched = 1_000_000;

    /// <summary>People do not copy back to back: each clip finds everybody asleep.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(200);

    private static readonly (int Bytes, int WarmUp, int Count)[] s_sizes =
    [
        (Small, 20, 120),
        (4096, 10, 120),
        (Fetched, 3, 30),
        (Large, 1, 10),
    ];

    /// <param name="most">No larger ones.</param>
    public static async Task<(IReadOnlyList<LanCarried> Carried, IReadOnlyList<LanStage> Stages)> MeasureAsync(
        LanWorld world,
        int most
    )
    {
        var (machineA, displayA) = await world.AddMachineAsync("kde-a", "10.78.0.3");
        var (machineB, displayB) = await world.AddMachineAsync("kde-b", "10.78.0.4");
        await using var kdeA = await KdeConnect.StartAsync(machineA, displayA, "anna");
        await using var kdeB = await KdeConnect.StartAsync(machineB, displayB, "bert");
        await kdeA.PairAsync(kdeB);

        await using var toss = await ClipRun.StartAsync(world.DisplayA, world.DisplayB);
        await using var kde = await ClipRun.StartAsync(displayA, displayB);
        int[] processes = [world.A.DaemonPid, world.B.DaemonPid, kdeA.Process, kdeB.Process];
        var random = new Random(1);
        var carried = new List<LanCarried>();
        var stages = new List<LanStage>();
        foreach (var (bytes, warmUp, count) in s_sizes.Where(size => size.Bytes <= most))
        {
            Console.Error.WriteLine($"bench: {bytes} bytes, {count} times each");
            var (ours, theirs) = (new List<double>(), new List<double>());
            var before = processes.Select(ProcessUse.Of).ToList();
            for (var i = 0; i < warmUp + count; i++)
            {
                // Who goes first takes turns as well.
                foreach (var isOurs in i % 2 == 0 ? (bool[])[true, false] : [false, true])
                {
                    await Task.Delay(s_between);
                    var text = Encoding.ASCII.GetBytes(random.GetItems<char>("0123456789abcdef", bytes));
                    var took = await (isOurs ? toss : kde).CarryAsync(text);
                    if (i >= warmUp)
                    {
                        (isOurs ? ours : theirs).Add(took.TotalMilliseconds);
                    }
                }
            }
            var use = processes.Zip(before, (process, then) => Cost(process, then, warmUp + count)).ToList();
            carried.Add(new LanCarried(bytes, ours, theirs, use[0], use[1], use[2], use[3]));
            if (bytes is Small or Fetched)
            {
                stages.AddRange(await StagesAsync(world, bytes, ours));
            }
        }
        return (carried, stages);
    }

    private static LanCost Cost(int process, ProcessUse then, int clips)
    {
        var now = ProcessUse.Of(process);
        return new LanCost((now.Cpu - then.Cpu) / clips, now.WakeUpsSince(then) / (double)clips);
    }

    /// <summary>
    /// What `toss trace` of both devices says of the copy that took as long as the median. B's times are put on A's scale by
    /// the wall clock, which is the same one here; a trace notes it when its first stage has ended.
    /// </summary>
    private static async Task<IReadOnlyList<LanStage>> StagesAsync(
        LanWorld world,
        int bytes,
        IReadOnlyList<double> took
    )
    {
        var sent = Oldest(await world.A.Control.GetTraceAsync(took.Count, CancellationToken.None));
        var taken = Oldest(await world.B.Control.GetTraceAsync(took.Count, CancellationToken.None));
        var median = took.Order().ElementAt((took.Count - 1) / 2);
        var index = took.ToList().IndexOf(median);
        return [.. Of("A", sent), .. Of("B", taken)];

        IEnumerable<LanStage> Of(string device, IReadOnlyList<TraceReport> traces) =>
            traces[index]
                .Stages.Select(stage => new LanStage(
                    bytes,
                    device,
                    stage.Name,
                    stage.AtMs + Behind(traces[index], index),
                    stage.TookMs,
                    Median(traces, stage.Name, (trace, one) => one.AtMs + Behind(trace.Report, trace.Index)),
                    Median(traces, stage.Name, (_, one) => one.TookMs)
                ));

        double Behind(TraceReport trace, int at) => (Beginning(trace) - Beginning(sent[at])).TotalMilliseconds;

        static DateTimeOffset Beginning(TraceReport trace) => trace.StartedAt.AddMilliseconds(-trace.Stages[0].TookMs);

        static double Median(
            IReadOnlyList<TraceReport> traces,
            string name,
            Func<(int Index, TraceReport Report), TraceStage, double> of
        ) =>
            new Samples([
                .. traces
                    .Index()
                    .SelectMany(trace =>
                        trace.Item.Stages.Where(stage => stage.Name == name).Take(1).Select(stage => of(trace, stage))
                    ),
            ]).Median;

        static IReadOnlyList<TraceReport> Oldest(IReadOnlyList<TraceReport> traces) => [.. traces.Reverse()];
    }
}
