// What ./test prints about tests, read from the XML reports of the xunit runner:
//   TestReport tier NAME REPORT SECONDS TOTALS   one tier; appends "passed failed skipped" to the file TOTALS
//   TestReport slowest REPORT…                   the ten slowest tests of all tiers
//   TestReport coverage REPORT LEAST FILES MORE  what was reached of the source files that FILES and MORE list; exit code 1
//                                                if less than LEAST percent of the refusals of the first
// Exit codes of `tier`: 0 tests and no failure, 1 failures, 3 no tests, 4 no readable report.
using System.Globalization;
using System.Xml;
using Toss.TestReport;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

switch (args)
{
    case ["tier", var name, var report, var seconds, var totals]:
        return ReportTier(name, report, int.Parse(seconds), totals);
    case ["slowest", .. var reports]:
        ReportSlowest(reports);
        return 0;
    case ["coverage", var report, var least, var files, var more]:
        var refused = BranchReport.Print(report, File.ReadAllLines(files));
        BranchReport.Print(report, File.ReadAllLines(more));
        return refused >= double.Parse(least) ? 0 : 1;
    default:
        Console.Error.WriteLine(
            "usage: TestReport tier NAME REPORT SECONDS TOTALS | slowest REPORT… | coverage REPORT LEAST FILES MORE"
        );
        return 2;
}

static int ReportTier(string name, string report, int seconds, string totals)
{
    TierReport tier;
    try
    {
        tier = TierReport.Read(report);
    }
    catch (Exception e) when (e is IOException or XmlException or FormatException)
    {
        Console.WriteLine($"{name, -14} no report: {e.Message}");
        return 4;
    }

    File.AppendAllText(totals, $"{tier.Passed} {tier.Failed} {tier.Skipped}\n");
    foreach (var failure in tier.Failures)
    {
        Console.WriteLine($"\n  FAILED {failure.Name}");
        foreach (var line in failure.Text.ReplaceLineEndings("\n").TrimEnd().Split('\n'))
        {
            Console.WriteLine($"    {line}");
        }
    }

    if (tier.Failures.Count > 0)
    {
        Console.WriteLine();
    }

    var minutes = TimeSpan.FromSeconds(seconds).TotalMinutes;
    Console.WriteLine(
        $"{name, -14} {minutes:0.0} min, {tier.Passed} passed, {tier.Failed} failed, {tier.Skipped} skipped"
    );
    return tier switch
    {
        { Failed: > 0 } => 1,
        { Passed: 0, Skipped: 0 } => 3,
        _ => 0,
    };
}

static void ReportSlowest(IEnumerable<string> reports)
{
    var slowest = reports.SelectMany(ReadTests).OrderByDescending(test => test.Seconds).Take(10).ToList();
    if (slowest.Count > 0)
    {
        Console.WriteLine("slowest tests:");
    }

    foreach (var test in slowest)
    {
        Console.WriteLine($"  {test.Seconds, 8:0.000} s  {test.Name}");
    }
}

// A report that cannot be read was reported as such by its tier.
static IReadOnlyList<TestRun> ReadTests(string report)
{
    try
    {
        return TierReport.Read(report).Tests;
    }
    catch (Exception e) when (e is IOException or XmlException or FormatException)
    {
        return [];
    }
}
