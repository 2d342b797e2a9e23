using System.Reflection;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>The committed table has exactly the rows that are tested.</summary>
[Trait("Tier", "interop")]
public sealed class InteropTableTests
{
    [Fact]
    public void The_table_has_the_rows_of_the_tests()
    {
        var rows = typeof(Ngtcp2InteropTests)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Where(static method => method.GetCustomAttribute<FactAttribute>() is not null)
            .SelectMany(Rows)
            .Order(StringComparer.Ordinal);
        var text = File.ReadLines(Path.Combine(Root(), "docs", "quic", "interop.md"));

        Assert.Equal(rows, text.Where(static line => line.StartsWith("| ngtcp2", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Rows(MethodInfo method)
    {
        var name = method.Name.Replace('_', ' ');
        var data = method.GetCustomAttributes<InlineDataAttribute>().Select(static each => $"{each.Data[0]}").ToList();
        return data.Count == 0 ? [$"| ngtcp2 | {name} | |"] : data.Select(each => $"| ngtcp2 | {name} | {each} |");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Toss.slnx")))
        {
            folder = folder.Parent;
        }
        return folder.FullName;
    }
}
