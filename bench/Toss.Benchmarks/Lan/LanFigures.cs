namespace Toss.Benchmarks.Lan;

/// <summary>All that `scripts/bench lan` measures; null or empty what was not asked for.</summary>
internal sealed record LanFigures(
    IReadOnlyList<LanCarried> Carried,
    IReadOnlyList<LanStage> Stages,
    IReadOnlyList<LanCarriage> Carriages,
    LanStarts? Starts,
    IReadOnlyList<LanIdle> Idle,
    LanLarge? Large
)
{
    private static readonly TimeSpan s_idle = TimeSpan.FromMinutes(4);

    /// <param name="parts">Names of what to measure; empty for all. `small` is `clips` without the large ones.</param>
    public static async Task<LanFigures> MeasureAsync(string package, IReadOnlyList<string> parts)
    {
        await using var world = await LanWorld.StartAsync(package);
        var (carried, stages) =
            Wants("clips") ? await LanClips.MeasureAsync(world, LanClips.Large)
            : Wants("small") ? await LanClips.MeasureAsync(world, 4096)
            : ([], []);
        var carriages = Wants("throughput") ? await LanThroughput.MeasureAsync(world) : [];
        var large = Wants("large") ? await LanLarge.MeasureAsync(world) : null;
        var starts = Wants("start") ? await LanStarts.MeasureAsync(world) : null;
        // After KDE Connect is gone, which broadcasts.
        var idle = Wants("idle") ? await LanIdle.MeasureAsync(world, s_idle) : [];
        return new LanFigures(carried, stages, carriages, starts, idle, large);

        bool Wants(string part)
        {
            var wants = parts.Count == 0 || parts.Contains(part);
            if (wants)
            {
                Console.Error.WriteLine($"bench: {part}");
            }
            return wants;
        }
    }
}
