using System.Globalization;
using System.Xml.Linq;

namespace Toss.TestReport;

/// <summary>What one run of the xunit runner wrote (format "xUnit.net v2+ XML").</summary>
internal sealed record TierReport(
    int Passed,
    int Failed,
    int Skipped,
    IReadOnlyList<TestRun> Tests,
    IReadOnlyList<TestFailure> Failures
)
{
    public static TierReport Read(string path)
    {
        var document = XDocument.Load(path);
        var tests = document.Descendants("test").ToList();
        var failures = tests
            .Where(test => Text(test, "result") == "Fail")
            .Select(test => new TestFailure(Unescape(Text(test, "name")), Describe(test.Element("failure"))))
            .ToList();
        // Fixtures and clean-up fail outside of tests; they count as failures all the same.
        failures.AddRange(
            document
                .Descendants("error")
                .Select(error => new TestFailure(
                    $"{Text(error, "type")} {Text(error, "name")}".Trim(),
                    Describe(error.Element("failure"))
                ))
        );
        return new TierReport(
            tests.Count(test => Text(test, "result") == "Pass"),
            failures.Count,
            tests.Count(test => Text(test, "result") is "Skip" or "NotRun"),
            [.. tests.Select(test => new TestRun(Unescape(Text(test, "name")), Seconds(test)))],
            failures
        );
    }

    private static string Describe(XElement? failure)
    {
        var trace = (failure?.Element("stack-trace")?.Value ?? "").Split('\n').Where(line => !IsMachinery(line));
        return $"{Unescape(failure?.Element("message")?.Value)}\n{string.Join('\n', trace)}";
    }

    // How the runner called the test says nothing about the test.
    private static bool IsMachinery(string line) =>
        line.Contains("at System.Reflection.", StringComparison.Ordinal)
        || line.Contains("at InvokeStub_", StringComparison.Ordinal);

    // The runner's reports escape quotation marks and backslashes as C# does.
    private static string Unescape(string? text) => (text ?? "").Replace("\\\"", "\"").Replace("\\\\", "\\");

    private static string Text(XElement element, string attribute) => element.Attribute(attribute)?.Value ?? "";

    private static double Seconds(XElement test) =>
        double.TryParse(Text(test, "time"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
}

internal sealed record TestRun(string Name, double Seconds);

internal sealed record TestFailure(string Name, string Text);
