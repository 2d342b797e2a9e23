using System.Text.RegularExpressions;
using Xunit;

namespace Toss.Tests.Architecture;

public sealed partial class FileRuleTests
{
    private const int MaxLines = 400;

    // Files that are longer, and how long they may be. Entries leave and numbers fall; nothing is ever added or raised.
    private static readonly Dictionary<string, int> longFiles = [];

    [Fact]
    public void ProductionFilesAreShort()
    {
        var tooLong =
            from file in Repository.ProductionFiles
            let lines = Repository.ReadLines(file).Length
            where lines >= longFiles.GetValueOrDefault(file, MaxLines)
            select $"{file}: {lines} lines";

        Violations.None(tooLong);
    }

    [Fact]
    public void ListOfLongFilesHoldsOnlyLongFiles()
    {
        var stale = longFiles.Keys.Where(file =>
            !Repository.Exists(file) || Repository.ReadLines(file).Length < MaxLines
        );

        Violations.None(stale);
    }

    /// <summary>Whoever filters a log by the number of an event means one.</summary>
    [Fact]
    public void NumbersOfLogEventsAreUniqueInAClass()
    {
        var twice =
            from file in Repository.ProductionFiles
            let text = Repository.Read(file)
            from Match logged in LogEvent().Matches(text)
            group file by (Path.GetDirectoryName(file), Class().Match(text).Value, logged.Groups[1].Value) into same
            where same.Count() > 1
            select $"{same.First()}: {same.Key.Item3}";

        Violations.None(twice);
    }

    /// <summary>They are the program's table of contents: one call per stage, nothing clever.</summary>
    [Theory]
    [InlineData("src/Toss.Agent/Outbound.cs")]
    [InlineData("src/Toss.Agent/Inbound.cs")]
    public void TableOfContentsFitsTwoScreens(string file)
    {
        Assert.True(Repository.Exists(file), $"{file} is missing");
        Assert.InRange(Repository.ReadLines(file).Length, 10, 149);
    }

    [Fact]
    public void NamespacesAreFileScoped()
    {
        var blocks = CSharpFiles()
            .Where(file => Repository.ReadLines(file).Any(line => BlockNamespace().IsMatch(line)));

        Violations.None(blocks);
    }

    /// <summary>
    /// Records, enums and exceptions that belong to a type may share its file, and so may a port's small interfaces; two
    /// classes do not.
    /// </summary>
    [Fact]
    public void OneTopLevelClassPerFile()
    {
        var crowded =
            from file in Repository.ProductionFiles
            let classes = TopLevelTypes(file)
                .Where(type => type.Kind == "class" && !type.Name.EndsWith("Exception", StringComparison.Ordinal))
                .Select(type => type.Name)
                .Distinct()
                .ToList()
            where classes.Count > 1
            select $"{file}: {string.Join(", ", classes)}";

        Violations.None(crowded);
    }

    /// <summary>`Foo.cs` and its partials `Foo.Bar.cs` declare `Foo`.</summary>
    [Fact]
    public void FileIsNamedAfterItsClass()
    {
        var misnamed =
            from file in Repository.ProductionFiles
            let types = TopLevelTypes(file)
            where types.Any(type => type.Kind is "class" or "interface")
            let name = Path.GetFileName(file).Split('.')[0]
            where types.All(type => type.Name != name)
            select file;

        Violations.None(misnamed);
    }

    private static IEnumerable<string> CSharpFiles() =>
        Repository.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    private static List<(string Kind, string Name)> TopLevelTypes(string file) =>
        [
            .. TopLevelType()
                .Matches(Repository.Read(file))
                .Select(match => (match.Groups["kind"].Value, match.Groups["name"].Value)),
        ];

    // With file-scoped namespaces, what starts in the first column is top-level.
    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex LogEvent();

    [GeneratedRegex(@"\bclass \w+")]
    private static partial Regex Class();

    [GeneratedRegex(
        @"^(?:(?:public|internal|sealed|static|abstract|partial|unsafe|readonly|ref)\s+)*(?<kind>class|interface|record|struct|enum)\s+(?:struct\s+|class\s+)?(?<name>\w+)",
        RegexOptions.Multiline
    )]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^\s*namespace\s+[\w.]+\s*\{?\s*$")]
    private static partial Regex BlockNamespace();
}
