using System.Reflection;
using Toss.Crypto;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class LabelTests
{
    private static readonly List<string> All =
    [
        .. typeof(Labels)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!),
        ProtocolVersions.RelayLoginLabel,
    ];

    [Fact]
    public void Labels_are_unique_and_of_one_form()
    {
        Assert.True(All.Count > 30);
        Assert.Equal(All.Count, All.Distinct().Count());
        Assert.All(All, label => Assert.Matches("^toss/[a-z]+(-[a-z]+)*/v[1-9]$", label));
    }

    [Fact]
    public void The_specification_names_each_label()
    {
        var specification = File.ReadAllText(Path.Combine(Repository.Root(), "src", "Toss.Crypto", "README.md"));
        Assert.All(All, label => Assert.Contains($"| `{label}` |", specification, StringComparison.Ordinal));
    }
}
