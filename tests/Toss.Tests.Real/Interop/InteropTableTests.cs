using Toss.Testing.Faults;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>The committed table has exactly the rows that are tested.</summary>
[Trait("Tier", "interop")]
public sealed class InteropTableTests
{
    [Fact]
    public void The_table_has_the_rows_of_the_tests()
    {
        var rows = typeof(InteropRows)
            .Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(InteropRows)) && !type.IsAbstract)
            .SelectMany(InteropTable.RowsOf)
            .Order(StringComparer.Ordinal)
            .ToList();
        // The last column is what was seen, which the tier compares when the tests have run.
        var text = File.ReadLines(Path.Combine(FaultPointList.Root, "docs", "quic", "interop.md"))
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(static line => string.Join('|', line.Split('|')[..4]) + "|");

        Assert.Equal(rows, text);
    }
}
