using System.Text.RegularExpressions;
using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>docs/ARCHITECTURE.md shows a newcomer where each stage of a clip's way is; it must stay true.</summary>
public sealed partial class PathOfAClipTests
{
    private static readonly string[] stages =
    [
        "Capture",
        "Admit",
        "Record",
        "Distribute",
        "Seal",
        "Send",
        "Find a path",
        "Relay",
        "Receive",
        "Open",
        "Accept",
        "Apply",
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(1, stages.Length)];

    [Fact]
    public void TableListsTheStagesInOrder()
    {
        var rows = Rows();

        Assert.Equal(Enumerable.Range(1, stages.Length), rows.Select(row => row.Number));
        Assert.Equal(stages, rows.Select(row => row.Name));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void FilesOfTheStageExist(int number)
    {
        var row = Rows().Single(row => row.Number == number);

        Assert.NotEmpty(row.Files);
        Assert.All(row.Files, file => Assert.True(Repository.Exists(file), $"stage {number}: {file} is missing"));
    }

    private static List<(int Number, string Name, string[] Files)> Rows() =>
        [
            .. Row()
                .Matches(Repository.Read("docs/ARCHITECTURE.md"))
                .Select(match =>
                    (
                        int.Parse(match.Groups["number"].Value),
                        match.Groups["name"].Value,
                        Code().Matches(match.Groups["files"].Value).Select(file => file.Groups[1].Value).ToArray()
                    )
                ),
        ];

    [GeneratedRegex(@"^\| (?<number>\d+) \| (?<name>[^|]+?) +\| (?<files>[^|]+)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
