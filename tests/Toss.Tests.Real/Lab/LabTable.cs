using System.Reflection;
using Toss.Tests.Real.Lab;
using Xunit;

[assembly: AssemblyFixture(typeof(LabTable))]

namespace Toss.Tests.Real.Lab;

/// <summary>What was expected between networks, and what was found.</summary>
public sealed class LabTable() : ResultTable("lab", ["| between | expected | found |", "|---|---|---|"])
{
    /// <summary>Every network there is.</summary>
    public static IEnumerable<LabNetwork> All =>
        typeof(LabNetwork)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(static one => (LabNetwork)one.GetValue(null)!);
}
