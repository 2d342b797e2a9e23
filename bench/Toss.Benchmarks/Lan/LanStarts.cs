using System.Diagnostics;
using System.Text;

namespace Toss.Benchmarks.Lan;

/// <summary>From the exec of `toss up` on B, which was down, until what A copied is on B's clipboard.</summary>
/// <param name="Waiting">The text that A copied meanwhile.</param>
/// <param name="Fresh">The text that A copies at the moment when the other one is there.</param>
/// <param name="Dials">Whether B is the one of the two that dials at once, having the smaller id.</param>
internal sealed record LanStarts(Samples Waiting, Samples Fresh, bool Dials)
{
    public const int Count = 24;

    public static async Task<LanStarts> MeasureAsync(LanWorld world)
    {
        await using var clips = await ClipRun.StartAsync(world.DisplayA, world.DisplayB);
        var (waiting, fresh) = (new List<double>(), new List<double>());
        for (var i = 0; i < Count; i++)
        {
            (await world.B.RunAsync("down")).Exits(0);
            var (first, second) = (
                Encoding.ASCII.GetBytes($"while it was off {i}"),
                Encoding.ASCII.GetBytes($"at once {i}")
            );
            await clips.CopyAsync(first);
            await world.A.HoldsAsync(first, "text/plain;charset=utf-8");
            var begin = Stopwatch.GetTimestamp();
            var up = world.B.UpAsync();
            await clips.ArrivesAsync(first);
            waiting.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            await clips.CarryAsync(second);
            fresh.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            await up;
            await world.B.LinkedAsync();
        }
        var (a, b) = (await IdAsync(world.A), await IdAsync(world.B));
        return new LanStarts(new Samples(waiting), new Samples(fresh), string.CompareOrdinal(b, a) < 0);
    }

    private static async Task<string> IdAsync(Testing.Programs.TossProgram device) =>
        (await device.Control.GetStatusAsync(CancellationToken.None)).Device.Id;
}
