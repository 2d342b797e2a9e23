using System.Text.RegularExpressions;
using Xunit;

namespace Toss.Tests.Architecture;

public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents =>
        [.. Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))];

    public static TheoryData<string> Decisions =>
        [.. Repository.Files.Where(file => file.StartsWith("docs/decisions/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void LinksResolve(string file)
    {
        var broken =
            from match in Link().Matches(WithoutCode(Repository.Read(file)))
            let target = match.Groups[1].Value
            where
                !target.Contains("://", StringComparison.Ordinal)
                && !target.StartsWith("mailto:", StringComparison.Ordinal)
            where !Resolves(file, target)
            select target;

        Violations.None(broken);
    }

    [Theory]
    [MemberData(nameof(Decisions))]
    public void DecisionSaysWhatAndWhy(string file)
    {
        Assert.Matches(@"^docs/decisions/\d{4}-[a-z0-9-]+\.md$", file);
        var headings = Heading().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value).ToList();
        string[] required = ["Context", "Decision", "Consequences"];

        Assert.Equal(required, headings.Where(required.Contains));
    }

    [Fact]
    public void DecisionsAreNumberedWithoutGaps()
    {
        var numbers = Decisions.Select(row => int.Parse(Path.GetFileName(row.Data)[..4])).Order().ToList();

        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }

    [Fact]
    public void ArchitectureIsReadInOneSitting() =>
        Assert.InRange(Repository.ReadLines("docs/ARCHITECTURE.md").Length, 40, 199);

    [Fact]
    public void ChangelogHasAnUnreleasedSection() =>
        Assert.Matches(new Regex(@"^## Unreleased\s*\n+\S", RegexOptions.Multiline), Repository.Read("CHANGELOG.md"));

    private static bool Resolves(string from, string target)
    {
        var parts = target.Split('#', 2);
        var folder = Path.GetDirectoryName(from) ?? "";
        var file = parts[0].Length == 0 ? from : Path.Combine(folder, parts[0]);
        if (!Repository.Exists(file))
        {
            return false;
        }

        return parts.Length == 1
            || Heading().Matches(Repository.Read(file)).Any(match => Anchor(match.Groups[1].Value) == parts[1]);
    }

    // As forges make them: lower case, punctuation dropped, spaces as hyphens.
    private static string Anchor(string heading) =>
        Punctuation().Replace(heading.ToLowerInvariant(), "").Trim().Replace(' ', '-');

    private static string WithoutCode(string text) => Code().Replace(text, "");

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();
}
