using System.Text.Json;
using System.Text.RegularExpressions;

namespace Toss.TestReport;

/// <summary>
/// What a run reached of some source files, from coverlet's JSON (module, file, class, method, lines and branches): branches
/// of all kinds, and lines that refuse. The arms of a switch that no value leads to are branches, too, so that not all can be
/// taken; each refusal can.
/// </summary>
internal static partial class BranchReport
{
    /// <returns>The percentage of all lines that refuse, of these files, which were reached.</returns>
    public static double Print(string report, IReadOnlyList<string> files)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(report));
        var all = json.RootElement.EnumerateObject().SelectMany(module => module.Value.EnumerateObject()).ToList();
        var branches = new Tally();
        var refusals = new Tally();
        Console.WriteLine(
            $"{"", -40} {"branches", -12}  {"refusals", -12}  lines of missed branches; of missed refusals"
        );
        foreach (var file in files)
        {
            var found = all.Single(one => one.Name.EndsWith($"/{file}", StringComparison.Ordinal));
            var methods = found.Value.EnumerateObject().SelectMany(one => one.Value.EnumerateObject()).ToList();
            var source = File.ReadAllLines(found.Name);
            var ofBranches = Tally.Of(
                methods
                    .SelectMany(method => method.Value.GetProperty("Branches").EnumerateArray())
                    .Select(branch => (branch.GetProperty("Line").GetInt32(), branch.GetProperty("Hits").GetInt64()))
            );
            var ofRefusals = Tally.Of(
                methods
                    .SelectMany(method => method.Value.GetProperty("Lines").EnumerateObject())
                    .Select(line => (Line: int.Parse(line.Name), Hits: line.Value.GetInt64()))
                    .Where(line => Refusal().IsMatch(source[line.Line - 1]))
            );
            Console.WriteLine($"{file, -40} {ofBranches}  {ofRefusals}  {ofBranches.Missed}; {ofRefusals.Missed}");
            (branches, refusals) = (branches + ofBranches, refusals + ofRefusals);
        }
        Console.WriteLine($"{"together", -40} {branches}  {refusals}");
        Console.WriteLine($"branches {branches.Percent:0.0} %, refusals {refusals.Percent:0.0} %");
        return refusals.Percent;
    }

    [GeneratedRegex(
        @"return (false|null|malformed|Drop\(|OpenStatus|TransportErrorCode\.(?!NoError))|\bFail\(|Dropped\+\+|Refuse\(|[?:] null"
    )]
    private static partial Regex Refusal();

    private sealed record Tally(int Taken = 0, int Total = 0, string Missed = "")
    {
        public double Percent => Total == 0 ? 100 : 100.0 * Taken / Total;

        public static Tally Of(IEnumerable<(int Line, long Hits)> each)
        {
            var all = each.ToList();
            var missed = all.Where(one => one.Hits == 0).Select(one => one.Line).Distinct().Order();
            return new Tally(all.Count(one => one.Hits > 0), all.Count, string.Join(' ', missed));
        }

        public static Tally operator +(Tally a, Tally b) => new(a.Taken + b.Taken, a.Total + b.Total);

        public override string ToString() => $"{Taken, 4} of {Total, 4}";
    }
}
