using Xunit;

namespace Toss.Tests.Architecture;

internal static class Violations
{
    /// <summary>Like Assert.Empty, but names every offender in full.</summary>
    public static void None<T>(IEnumerable<T> offenders)
    {
        var all = offenders.Select(offender => $"{offender}").Order(StringComparer.Ordinal).ToList();

        Assert.True(all.Count == 0, $"{all.Count} against the rule:\n  {string.Join("\n  ", all)}");
    }
}
