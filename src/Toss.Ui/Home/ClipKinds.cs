using Toss.Ui.Shell;

namespace Toss.Ui.Home;

/// <summary>Formats by what a person calls them. The names are those of words, `kind.…`.</summary>
public static class ClipKinds
{
    public const string Text = "text";
    public const string Html = "html";
    public const string Rich = "rich";
    public const string Picture = "picture";
    public const string Address = "address";
    public const string Colour = "colour";
    public const string Files = "files";
    public const string Other = "other";

    public static IReadOnlyList<string> All { get; } = [Files, Picture, Html, Rich, Address, Colour, Text, Other];

    /// <summary>Each once, the most telling first.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> types)
    {
        var kinds = types.Select(Of).ToHashSet();
        return [.. All.Where(kinds.Contains)];
    }

    public static IconName IconOf(string kind) =>
        kind switch
        {
            Picture => IconName.Picture,
            Files => IconName.Files,
            Html or Rich or Other => IconName.Page,
            _ => IconName.Text,
        };

    private static string Of(string type)
    {
        var bare = type.Split(';')[0].Trim().ToLowerInvariant();
        return bare switch
        {
            "text/plain" => Text,
            "text/html" => Html,
            "text/rtf" or "application/rtf" => Rich,
            "text/uri-list" or "text/x-moz-url" => Address,
            "application/x-color" => Colour,
            "application/x-toss-files" => Files,
            _ when bare.StartsWith("image/", StringComparison.Ordinal) => Picture,
            _ => Other,
        };
    }
}
