namespace Toss.Benchmarks;

/// <summary>Durations of one thing done again and again, in milliseconds.</summary>
internal sealed class Samples(IReadOnlyCollection<double> milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public int Count => _sorted.Length;

    public double Median => Percentile(50);

    /// <summary>The smallest sample that at least so many percent do not exceed (nearest rank).</summary>
    public double Percentile(int percent) =>
        _sorted[Math.Max(0, (int)Math.Ceiling(percent / 100.0 * _sorted.Length) - 1)];

    /// <param name="once">Does it once and returns how long it took.</param>
    public static async Task<Samples> TakeAsync(int warmUp, int count, Func<Task<TimeSpan>> once)
    {
        var taken = new List<double>(count);
        for (var i = 0; i < warmUp + count; i++)
        {
            var took = await once();
            if (i >= warmUp)
            {
                taken.Add(took.TotalMilliseconds);
            }
        }
        return new Samples(taken);
    }
}
