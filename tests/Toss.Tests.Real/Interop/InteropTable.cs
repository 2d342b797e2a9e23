using System.Reflection;
using Toss.Tests.Real.Interop;
using Xunit;

[assembly: AssemblyFixture(typeof(InteropTable))]

namespace Toss.Tests.Real.Interop;

/// <summary>
/// The rows of docs/quic/interop.md: one for each test of an <see cref="InteropRows"/>. When the tests have run, those that
/// passed are in artifacts/interop/table.md, with what was seen; the tier holds the two together.
/// </summary>
public sealed class InteropTable() : ResultTable("interop", ["| peer | what | with | seen |", "|---|---|---|---|"])
{
    public static string Row(string peer, string test, object? with) =>
        $"| {peer} | {test.Replace('_', ' ')} |{(with is null ? "" : $" {with}")} |";

    /// <summary>Those of a class, whether they ran or not.</summary>
    public static IEnumerable<string> RowsOf(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Where(static method => method.GetCustomAttribute<FactAttribute>() is not null)
            .SelectMany(method => With(method).Select(with => Row(InteropRows.PeerOf(type), method.Name, with)));

    private static IEnumerable<object?> With(MethodInfo method)
    {
        var data = method.GetCustomAttributes<InlineDataAttribute>().Select(static each => each.Data[0]).ToList();
        return data.Count == 0 ? [null] : data;
    }
}
