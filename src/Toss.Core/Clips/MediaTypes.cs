using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>The media types Toss treats by name. Adapters map their platform's formats to these.</summary>
public static class MediaTypes
{
    /// <summary>UTF-8 text, line ends as the source wrote them.</summary>
    public const string Text = "text/plain;charset=utf-8";

    /// <summary>UTF-8, as the source wrote it, without what its platform put around it.</summary>
    public const string Html = "text/html";

    public const string Rtf = "text/rtf";

    /// <summary>An address and its title: <see cref="TitledUrl"/>.</summary>
    public const string Url = "text/x-moz-url";

    /// <summary>Red, green, blue and opacity, sixteen bits each, little-endian: 8 bytes.</summary>
    public const string Colour = "application/x-color";

    public const string Png = "image/png";
    public const string Jpeg = "image/jpeg";
    public const string Gif = "image/gif";
    public const string Webp = "image/webp";
    public const string Bmp = "image/bmp";
    public const string Tiff = "image/tiff";
    public const string Svg = "image/svg+xml";

    /// <summary>Marks a clipboard content as written by Toss; its bytes are the clip's id. Never leaves the device.</summary>
    public const string Origin = "application/x-toss-origin";

    /// <summary>A set of files and folders: docs/protocol/files.md.</summary>
    public const string Files = "application/x-toss-files";

    /// <summary>Files of this machine on its clipboard: <see cref="LocalFiles"/>. Never leaves the device; a set of them does.</summary>
    public const string LocalFiles = "application/x-toss-local-files";

    /// <summary>Bytes of <see cref="Colour"/>.</summary>
    public const int ColourSize = 8;

    /// <summary>Pictures made of pixels, whatever holds them.</summary>
    private static readonly string[] Pixels = [Png, Jpeg, Gif, Webp, Bmp, Tiff];

    /// <summary>What may travel: printable ASCII, bounded. A clip with any other type is malformed to its receivers.</summary>
    public static bool IsValid(string mediaType) =>
        mediaType.Length is > 0 and <= Limits.MediaType && !mediaType.Any(c => c is < ' ' or > '~');

    /// <summary>True for both the exact text type and its spellings without or with another charset parameter.</summary>
    public static bool IsText(string mediaType) =>
        mediaType.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase)
        && (mediaType.Length == 10 || mediaType[10] == ';');

    /// <summary>True for pictures made of pixels, which platforms turn from one type into another.</summary>
    public static bool IsPicture(string mediaType) => Pixels.Contains(mediaType, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What of all that a program offers is worth reading. Toolkits offer one picture as everything they can encode; PNG
    /// says it without loss, so that a list with BMP or TIFF in it is read as PNG alone. A picture that is kept as
    /// something else, as by browsers, stands in no such list.
    /// </summary>
    public static IReadOnlyList<string> WithoutConversions(IReadOnlyList<string> offered) =>
        offered.Contains(Png) && (offered.Contains(Bmp) || offered.Contains(Tiff))
            ? [.. offered.Where(mediaType => mediaType == Png || !IsPicture(mediaType))]
            : offered;
}
