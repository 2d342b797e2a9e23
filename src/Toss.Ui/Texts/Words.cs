using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using Toss.Control;

namespace Toss.Ui.Texts;

/// <summary>
/// Every word that the screens say, by its name in `Strings.resx`; `Strings.de.resx` has them in German, and another language is
/// another such file. A test holds the files, and the names used here, together.
/// </summary>
public sealed partial class Words
{
    private static readonly ResourceManager resources = new("Toss.Ui.Texts.Strings", typeof(Words).Assembly);

    public string this[string name] => resources.GetString(name, CultureInfo.CurrentUICulture) ?? name;

    /// <summary>With values in its places.</summary>
    public string this[string name, params object?[] values] =>
        string.Format(CultureInfo.CurrentCulture, this[name], values);

    /// <summary>So many of something: one has words of its own.</summary>
    public string Count(string name, long count, params object?[] more) =>
        this[count == 1 ? name + One : name, [count, .. more]];

    /// <summary>Why something was not done. What the agent says of it is for the command line, and English.</summary>
    public string Failure(string code) =>
        resources.GetString(FailurePrefix + code, CultureInfo.CurrentUICulture)
        ?? this[FailurePrefix + ControlErrors.Internal];

    /// <summary>Names of a set of files, as its sender's device wrote them: how many more there are in the page's language.</summary>
    public string Files(string preview)
    {
        var found = FilesInAll().Match(preview);
        return found.Success && long.TryParse(found.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out var count)
            ? Count("history.files-in-all", count, found.Groups[1].Value)
            : preview;
    }

    /// <summary>What weakens the device; as the agent says it where it is a newer one.</summary>
    public string Warning(WarningReport warning) =>
        Find(WarningPrefix + warning.Code) is { } said
            ? string.Format(CultureInfo.CurrentCulture, said, warning.Device, warning.Minutes)
            : warning.Message;

    /// <summary>What a name means, or null: for codes that a newer agent may have more of.</summary>
    public string? Find(string name) => resources.GetString(name, CultureInfo.CurrentUICulture);

    /// <summary>Ends the names of what is said of one, where that differs.</summary>
    public const string One = "-one";

    /// <summary>Begins the names of what <see cref="WarningCodes"/> mean.</summary>
    public const string WarningPrefix = "warning.";

    /// <summary>Begins the names of what <see cref="ControlErrors"/> mean.</summary>
    public const string FailurePrefix = "failure.";

    /// <summary>As devices write it: "trip, photo.jpg (12 files)".</summary>
    [GeneratedRegex(@"^(.*) \((\d{1,9}) files\)$", RegexOptions.Singleline)]
    private static partial Regex FilesInAll();
}
