using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Toss.Control;
using Toss.Ui.Devices;
using Toss.Ui.Home;
using Toss.Ui.Settings;
using Toss.Ui.Texts;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>The words of the screens: all of them in every language, all of them used, and none outside of the files.</summary>
public sealed partial class WordsTests
{
    private const string English = "Strings.resx";

    private static readonly string source = Find();

    /// <summary>A page is full when there is more; a clock is off by minutes when somebody is warned.</summary>
    private static readonly string[] neverOne = ["history.found-more", "warning.clock-ahead", "warning.clock-behind"];

    public static TheoryData<string> Languages =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(source, "Texts"), "Strings.*.resx")
                .Select(file => Path.GetFileName(file)),
        ];

    [Fact]
    public void There_is_more_than_one_language() =>
        Assert.Contains("Strings.de.resx", Languages.Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_language_has_every_word_with_its_places(string language)
    {
        var (english, other) = (Read(English), Read(language));
        Assert.Empty(english.Keys.Except(other.Keys));
        Assert.Empty(other.Keys.Except(english.Keys));
        Assert.DoesNotContain(other.Values, string.IsNullOrWhiteSpace);
        Assert.All(english.Keys, name => Assert.Equal(Places(english[name]), Places(other[name])));
    }

    [Fact]
    public void Every_word_that_is_asked_for_is_there_and_every_word_is_asked_for()
    {
        var asked = Sources("*.razor", "*.cs")
            .SelectMany(file => Name().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value)
            .Concat(ClipKinds.All.Select(kind => "kind." + kind))
            .Concat(Failures())
            .Concat(OfSettings())
            .Concat(Counted())
            .ToHashSet();
        var words = Read(English);
        Assert.Empty(words.Keys.Except(asked));
        Assert.Empty(
            asked.Where(name => words.Keys.Any(word => word.Split('.')[0] == name.Split('.')[0])).Except(words.Keys)
        );
    }

    [Fact]
    public void Every_failure_has_its_words() => Assert.Empty(Failures().Except(Read(English).Keys));

    [Fact]
    public void Every_code_that_screens_say_has_its_words() => Assert.Empty(OfSettings().Except(Read(English).Keys));

    /// <summary>"1 folders" is said by nobody.</summary>
    [Fact]
    public void What_is_counted_has_words_for_one()
    {
        var one = Counted().ToHashSet();
        Assert.NotEmpty(one);
        var counted = Read(English).Where(word => Number().IsMatch(word.Value)).Select(word => word.Key);
        Assert.Empty(
            counted.Select(name => name + Words.One).Except(one).Except(neverOne.Select(name => name + Words.One))
        );
    }

    [Fact]
    public void German_is_german_and_an_unknown_language_is_english()
    {
        var before = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = new CultureInfo("de");
            Assert.Equal("In der Zwischenablage", new Words()["clip.title"]);
            Assert.Equal("Gesendet an: a.", new Words()["sent.to", "a"]);
            CultureInfo.CurrentUICulture = new CultureInfo("fr");
            Assert.Equal("On the clipboard", new Words()["clip.title"]);
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    /// <summary>What devices write of a set, with how many files it has, is read and said in the page's language.</summary>
    [Theory]
    [InlineData("de", "Reise, a (b).png (12 files)", "Reise, a (b).png (12 Dateien)")]
    [InlineData("de", "Reise (1 files)", "Reise (eine Datei)")]
    [InlineData("en", "trip (12 files)", "trip (12 files)")]
    [InlineData("en", "trip (1 files)", "trip (one file)")]
    [InlineData("de", "a.png, b.png", "a.png, b.png")]
    [InlineData("de", "a (many files)", "a (many files)")]
    [InlineData("de", "a (99999999999999999999 files)", "a (99999999999999999999 files)")]
    public void Files_of_a_set_are_counted_in_the_language(string language, string preview, string said)
    {
        var before = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = new CultureInfo(language);
            Assert.Equal(said, new Words().Files(preview));
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    /// <summary>Text between tags, or in what a person sees or hears of them, comes from the files.</summary>
    [Fact]
    public void No_component_has_words_of_its_own()
    {
        var literal =
            from file in Sources("*.razor")
            from found in Literals(File.ReadAllText(file))
            select $"{Path.GetFileName(file)}: {found}";
        Assert.Empty(literal);
    }

    [Theory]
    [InlineData("<p>Hello</p>", true)]
    [InlineData("<p>@Words[\"a\"] and</p>", true)]
    [InlineData("<img alt=\"A picture\" />", true)]
    [InlineData("<p title=\"Hello\">@Words[\"a\"]</p>", true)]
    [InlineData("<p class=\"hello\">@Words[\"a\"]</p>", false)]
    [InlineData("@if (a < b)\n{\n    <p aria-label=\"@Words[\"a\"]\">@(x ?? \"y\")</p>\n}\nelse if (c)\n{\n}", false)]
    public void Words_in_a_component_are_found(string markup, bool has) => Assert.Equal(has, Literals(markup).Any());

    private static IEnumerable<string> Literals(string razor)
    {
        var code = razor.IndexOf("@code {", StringComparison.Ordinal);
        var markup = Comment().Replace(code < 0 ? razor : razor[..code], "");
        foreach (Match attribute in Spoken().Matches(markup))
        {
            if (attribute.Groups[1].Value.Any(char.IsLetter) && !attribute.Groups[1].Value.StartsWith('@'))
            {
                yield return attribute.Value;
            }
        }
        // What is left between tags: neither expressions, nor the lines of statements around the markup.
        foreach (Match between in Between().Matches(Values().Replace(markup, "=\"\"")))
        {
            var text = Expression().Replace(between.Groups[1].Value, "");
            var lines = text.Split('\n').Select(line => line.Trim()).Where(line => !Statement().IsMatch(line));
            foreach (var line in lines.Where(line => line.Any(char.IsLetter)))
            {
                yield return line;
            }
        }
    }

    /// <summary>What is counted has words for one.</summary>
    private static IEnumerable<string> Counted() =>
        Sources("*.razor", "*.cs")
            .SelectMany(file => Count().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value + Words.One);

    private static IEnumerable<string> Failures() => Constants(typeof(ControlErrors), Words.FailurePrefix);

    /// <summary>Names that Devices, Settings and Welcome make of codes.</summary>
    private static IEnumerable<string> OfSettings() =>
        [
            .. Constants(typeof(WarningCodes), Words.WarningPrefix),
            .. Constants(typeof(ConfigKeys), SettingWords.NamePrefix).Except(SettingGroups.Relay.Select(Named)),
            .. Constants(typeof(ConfigKeys), SettingWords.EffectPrefix)
                .Except(SettingGroups.Relay.Select(key => SettingWords.EffectPrefix + key)),
            .. SettingWords.Units.Select(unit => "unit." + unit),
            .. SettingWords.Themes.Select(theme => "theme." + theme),
            .. RuleBook.Kinds.Select(kind => "sort." + kind),
            .. PathWords.Whys.Select(why => PathWords.WhyPrefix + why),
            .. CheckWords.Well.Concat(CheckWords.Unwell).Select(check => CheckWords.FoundPrefix + check),
            .. CheckWords.Unwell.Select(check => CheckWords.NextPrefix + check),
        ];

    private static string Named(string key) => SettingWords.NamePrefix + key;

    private static IEnumerable<string> Constants(Type codes, string prefix) =>
        codes.GetFields().Select(field => prefix + (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> Places(string text) =>
        Place().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal);

    private static Dictionary<string, string> Read(string file) =>
        XDocument
            .Load(Path.Combine(source, "Texts", file))
            .Descendants("data")
            .ToDictionary(word => word.Attribute("name")!.Value, word => word.Element("value")!.Value);

    private static IEnumerable<string> Sources(params string[] patterns) =>
        patterns
            .SelectMany(pattern => Directory.EnumerateFiles(source, pattern, SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/") && !file.Contains("/bin/") && !file.Contains("/node_modules/"));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Toss.slnx")))
        {
            folder = folder.Parent;
        }
        return Path.Combine(folder.FullName, "src", "Toss.Ui");
    }

    [GeneratedRegex("\"([a-z]+\\.[a-z-]+)\"")]
    private static partial Regex Name();

    [GeneratedRegex("\\bCount\\(\"([a-z]+\\.[a-z-]+)\"")]
    private static partial Regex Count();

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Place();

    /// <summary>A number of what can be counted.</summary>
    [GeneratedRegex(
        @"\{\d(?::N0)?\} (?:copies|files|folders|devices|days|hours|minutes|seconds|messages|tries|keys)\b"
    )]
    private static partial Regex Number();

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("(?:aria-label|title|alt|placeholder|label)=\"((?:@[^\"]*(?:\"[^\"]*\"[^\"]*)*?|[^\"@]*))\"")]
    private static partial Regex Spoken();

    [GeneratedRegex(
        "=\"(?:@\\((?:[^()]|\\([^()]*\\))*\\)|@\\w[\\w.]*(?:\\[(?:[^\\[\\]])*\\])?(?:\\((?:[^()]|\\([^()]*\\))*\\))?|[^\"])*\""
    )]
    private static partial Regex Values();

    [GeneratedRegex(@">([^<>]*)<")]
    private static partial Regex Between();

    [GeneratedRegex(
        @"@\w[\w.]*(?:\[(?:[^\[\]]|\[[^\]]*\])*\])?(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?|@\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
    )]
    private static partial Regex Expression();

    [GeneratedRegex(@"^(?:[{}]|else\b|case\b|default:|break;|var\b|if\b|.*[;{}]$|.*\)$)")]
    private static partial Regex Statement();
}
