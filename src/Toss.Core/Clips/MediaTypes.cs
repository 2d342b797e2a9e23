using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>The media types Toss treats by name. Adapters map their platform's formats to these.</summary>
public static class MediaTypes
{
    /// <summary>UTF-8 text, line ends as the source wrote them.</summary>
    public const string Text = "text/plain;charset=utf-8";

    public const string Html = "text/html";
    public const string Png = "image/png";

    /// <summary>Marks a clipboard content as written by Toss; its bytes are the clip's id. Never leaves the device.</summary>
    public const string Origin = "application/x-toss-origin";

    /// <summary>What may travel: printable ASCII, bounded. A clip with any other type is malformed to its receivers.</summary>
    public static bool IsValid(string mediaType) =>
        mediaType.Length is > 0 and <= Limits.MediaType && !mediaType.Any(c => c is < ' ' or > '~');

    /// <summary>True for both the exact text type and its spellings without or with another charset parameter.</summary>
    public static bool IsText(string mediaType) =>
        mediaType.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase)
        && (mediaType.Length == 10 || mediaType[10] == ';');
}
