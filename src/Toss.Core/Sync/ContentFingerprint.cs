using System.Security.Cryptography;
using Toss.Core.Clips;

namespace Toss.Core.Sync;

/// <summary>
/// What a representation is, however a platform rewrote it: text without the difference of line ends and a trailing NUL,
/// HTML without the wrapping some platforms add, other types by their bytes.
/// </summary>
public static class ContentFingerprint
{
    /// <summary>One fingerprint a family (`text`, `html`, else the media type); the first representation of a family counts.</summary>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<ContentRepresentation> representations)
    {
        var fingerprints = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var representation in representations)
        {
            var family = FamilyOf(representation.MediaType);
            if (!fingerprints.ContainsKey(family))
            {
                fingerprints.Add(family, Hash(family, representation.Bytes.Span));
            }
        }
        return fingerprints;
    }

    private static string FamilyOf(string mediaType) =>
        MediaTypes.IsText(mediaType) ? "text"
        : mediaType.StartsWith(MediaTypes.Html, StringComparison.OrdinalIgnoreCase) ? "html"
        : mediaType;

    private static string Hash(string family, ReadOnlySpan<byte> bytes) =>
        Convert.ToHexStringLower(SHA256.HashData(family is "text" or "html" ? Normalise(bytes) : bytes));

    /// <summary>CRLF and CR become LF; NULs and white space at the end go.</summary>
    private static byte[] Normalise(ReadOnlySpan<byte> bytes)
    {
        var trimmed = bytes.TrimEnd("\0\r\n\t "u8);
        var output = new byte[trimmed.Length];
        var length = 0;
        for (var i = 0; i < trimmed.Length; i++)
        {
            if (trimmed[i] == '\r')
            {
                output[length++] = (byte)'\n';
                i += i + 1 < trimmed.Length && trimmed[i + 1] == '\n' ? 1 : 0;
            }
            else
            {
                output[length++] = trimmed[i];
            }
        }
        return output[..length];
    }
}
