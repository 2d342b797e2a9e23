using Toss.Testing.Faults;
using Xunit;

namespace Toss.Tests.Real.Lab;

public sealed class LabTableTests
{
    [Fact]
    public void The_documentation_has_a_row_for_each_network_and_no_other() =>
        Assert.Equal(
            LabTable.All.Select(static network => network.Row).Order(StringComparer.Ordinal),
            File.ReadLines(Path.Combine(FaultPointList.Root, "docs", "operations", "networks.md"))
                .Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
                .Skip(1)
        );
}
