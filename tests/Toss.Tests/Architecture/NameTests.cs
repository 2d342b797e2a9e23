using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>Words that say nothing, or that have another meaning here (docs/glossary.md, "Not used").</summary>
public sealed class NameTests
{
    private static readonly string[] forbiddenWords =
    [
        "Manager",
        "Helper",
        "Helpers",
        "Util",
        "Utils",
        "Utility",
        "Utilities",
        "Common",
        "Data",
        "Info",
        "Item",
        "Processor",
        "Handler",
        "Base",
        "Impl",
        "Node",
        "Client",
    ];

    // Exactly these names, and no others.
    private static readonly string[] exceptions = ["RelayClient"];

    [Fact]
    public void TypeNamesSaySomething()
    {
        var offenders =
            from project in Repository.Projects
            from type in Compiled.HandNamedTypes(project)
            where !exceptions.Contains(type.Name)
            let word = Compiled.WordsOf(type.Name).FirstOrDefault(forbiddenWords.Contains)
            where word is not null || type.Name == "Message"
            select $"{type.FullName}: {word ?? type.Name}";

        Violations.None(offenders);
    }

    [Fact]
    public void FolderNamesSaySomething()
    {
        var offenders = Repository
            .ProductionFiles.SelectMany(file => file.Split('/')[..^1])
            .Distinct()
            .Where(folder => forbiddenWords.Contains(folder));

        Violations.None(offenders);
    }

    [Theory]
    [InlineData("DataSource", "Data", "Source")]
    [InlineData("HttpControl", "Http", "Control")]
    [InlineData("Base32", "Base32")]
    [InlineData("IKeyStore", "I", "Key", "Store")]
    [InlineData("X11Clipboard", "X11", "Clipboard")]
    public void NamesAreSplitIntoWords(string name, params string[] words) =>
        Assert.Equal(words, Compiled.WordsOf(name));
}
