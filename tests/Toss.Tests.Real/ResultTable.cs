using Toss.Testing.Faults;

namespace Toss.Tests.Real;

/// <summary>
/// What tests saw, as rows of a table: artifacts/NAME/table.md, written when all have run. A fixture of the assembly, so that
/// all tests of a kind share it.
/// </summary>
public abstract class ResultTable(string name, string[] head) : IDisposable
{
    private readonly SortedDictionary<string, string> _rows = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <param name="row">The row without what was seen, which is the last column.</param>
    public void Add(string row, string seen)
    {
        lock (_gate)
        {
            _rows[row] = seen;
        }
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (_rows.Count == 0)
        {
            // Another tier.
            return;
        }
        var folder = Directory.CreateDirectory(Path.Combine(FaultPointList.Root, "artifacts", name)).FullName;
        File.WriteAllLines(
            Path.Combine(folder, "table.md"),
            head.Concat(_rows.Select(static each => $"{each.Key} {each.Value} |"))
        );
    }
}
