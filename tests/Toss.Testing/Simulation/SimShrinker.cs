namespace Toss.Testing.Simulation;

/// <summary>Takes events out of a plan for as long as it still fails: what is left is the story of the fault.</summary>
public static class SimShrinker
{
    /// <summary>Halves, quarters, …, single events; each try is a whole run.</summary>
    public static SimResult Shrink(SimResult failed, Action<SimDevice>? prepare = null)
    {
        var best = failed;
        for (var size = Math.Max(1, best.Plan.Count / 2); ; size /= 2)
        {
            var at = 0;
            while (at < best.Plan.Count)
            {
                var shorter = best.Plan.Where((_, index) => index < at || index >= at + size).ToList();
                var result = SimRun.Of(failed.Seed, shorter, prepare);
                if (result.Problem is null)
                {
                    at += size;
                }
                else
                {
                    best = result;
                }
            }
            if (size == 1)
            {
                return best;
            }
        }
    }
}
