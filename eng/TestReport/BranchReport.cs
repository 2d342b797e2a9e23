using System.Text.Json;

namespace Toss.TestReport;

/// <summary>Branches taken and missed, from coverlet's JSON: module, file, class, method, branches.</summary>
internal static class BranchReport
{
    /// <returns>The percentage of all branches of these files that were taken.</returns>
    public static double Print(string report, IReadOnlyList<string> files)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(report));
        var all = json.RootElement.EnumerateObject().SelectMany(module => module.Value.EnumerateObject()).ToList();
        var (taken, total) = (0, 0);
        foreach (var file in files)
        {
            var branches = all.Where(one => one.Name.EndsWith($"/{file}", StringComparison.Ordinal))
                .SelectMany(one => one.Value.EnumerateObject())
                .SelectMany(one => one.Value.EnumerateObject())
                .SelectMany(one => one.Value.GetProperty("Branches").EnumerateArray())
                .Select(branch =>
                    (Line: branch.GetProperty("Line").GetInt32(), Hits: branch.GetProperty("Hits").GetInt64())
                )
                .ToList();
            var missed = branches.Where(branch => branch.Hits == 0).Select(branch => branch.Line).Distinct().Order();
            var hit = branches.Count(branch => branch.Hits > 0);
            Console.WriteLine($"{file, -40} {hit, 4} of {branches.Count, 4}  {string.Join(' ', missed)}");
            (taken, total) = (taken + hit, total + branches.Count);
        }
        var percent = total == 0 ? 0 : 100.0 * taken / total;
        Console.WriteLine($"{"branches of decoders", -40} {taken, 4} of {total, 4}  {percent:0.0} %");
        return percent;
    }
}
