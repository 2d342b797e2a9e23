using System.Text.RegularExpressions;
using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>
/// docs/glossary.md gives each word one meaning. An entry reads `- **Term** (mark): text`; the mark is a type in
/// backticks, `later`, or `word` for what has no type.
/// </summary>
public sealed partial class GlossaryTests
{
    private const string Glossary = "docs/glossary.md";

    private static readonly string[] terms =
    [
        "Device",
        "DeviceKey",
        "DeviceId",
        "Fingerprint",
        "Circle",
        "Card",
        "Roster",
        "Introduction",
        "Peer",
        "Pairing",
        "PairingSession",
        "PairingCode",
        "Snapshot",
        "Clip",
        "Representation",
        "ClipStamp",
        "Echo",
        "Admission",
        "Distribution",
        "Arrival",
        "Withdraw",
        "Offer",
        "Fetch",
        "Blob",
        "Chunk",
        "Envelope",
        "Seal",
        "Open",
        "Session",
        "Delivery",
        "Receipt",
        "Link",
        "PeerPath",
        "Candidate",
        "Probe",
        "Knock",
        "Courier",
        "Relay",
        "Mailbox",
        "Presence",
        "Quota",
        "History",
        "Retention",
        "KeyStore",
        "Agent",
        "Control",
    ];

    [Fact]
    public void EveryTermIsThereOnce()
    {
        var entries = Entries().Select(entry => entry.Term).ToList();

        Violations.None(terms.Except(entries));
        Violations.None(entries.GroupBy(term => term).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void EveryTypeATermNamesExists()
    {
        var types = Repository
            .Projects.SelectMany(project => Compiled.Module(project).GetTypes())
            .Select(type => type.FullName)
            .ToHashSet();
        var missing =
            from entry in Entries()
            where entry.Mark is not ("later" or "word") && !types.Contains(entry.Mark.Trim('`'))
            select $"{entry.Term}: {entry.Mark}";

        Violations.None(missing);
    }

    [Fact]
    public void NoPublicTypeHasANameThatIsNotUsed()
    {
        var notUsed = NotUsed().ToList();
        Assert.True(notUsed.Count >= 17, "the table of unused words in docs/glossary.md was not found");

        var offenders =
            from project in Repository.Projects
            from type in Compiled.HandNamedTypes(project)
            where type.IsPublic && notUsed.Contains(type.Name)
            select type.FullName;

        Violations.None(offenders);
    }

    private static IEnumerable<(string Term, string Mark)> Entries() =>
        Entry()
            .Matches(Repository.Read(Glossary))
            .Select(match => (match.Groups["term"].Value, match.Groups["mark"].Value));

    // Rows of the table under "Not used": | Word, Word | say … |
    private static IEnumerable<string> NotUsed() =>
        Repository
            .Read(Glossary)
            .Split("## Not used", 2)[^1]
            .Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Code().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value));

    [GeneratedRegex(@"^- \*\*(?<term>\w+)\*\* \((?<mark>[^)]+)\): \S", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
