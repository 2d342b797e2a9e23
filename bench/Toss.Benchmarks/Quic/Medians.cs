namespace Toss.Benchmarks.Quic;

internal static class Medians
{
    public static double Of<T>(IEnumerable<T> all, Func<T, double> value)
    {
        var sorted = all.Select(value).Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
