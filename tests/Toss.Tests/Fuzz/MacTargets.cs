using Toss.Core.Clips;
using Toss.Platform.Clipboards.MacOs;
using Toss.Wire;

namespace Toss.Tests.Fuzz;

/// <summary>Readers of what programs of macOS give.</summary>
internal static class MacTargets
{
    public static bool ReadText(byte[] bytes) => Read(MediaTypes.Text, PasteboardFormats.Utf16External, bytes);

    /// <summary>The same bytes stand beside it as its title.</summary>
    public static bool ReadUrl(byte[] bytes) => Read(MediaTypes.Url, PasteboardFormats.Url, bytes);

    /// <summary>What came in goes out again.</summary>
    private static bool Read(string mediaType, string type, byte[] bytes)
    {
        if (!PasteboardFormats.TryDecode(mediaType, type, bytes, out var decoded))
        {
            return false;
        }
        var read = mediaType == MediaTypes.Url ? PasteboardFormats.WithTitle(decoded, bytes) : decoded;
        PasteboardFormats.Offer(new ClipContent([new(mediaType, read)], Sensitivity.Secret), bytes);
        return true;
    }
}
