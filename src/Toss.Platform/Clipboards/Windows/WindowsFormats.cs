using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>Which formats of Windows stand for which media types, in both directions. Names and bytes only; no clipboard.</summary>
internal static class WindowsFormats
{
    /// <summary>CF_UNICODETEXT. Windows itself makes the older texts of it.</summary>
    public const string Text = "CF_UNICODETEXT";

    /// <summary>CF_DIB. Windows makes it of every bitmap.</summary>
    public const string Bitmap = "CF_DIB";

    public const string Html = "HTML Format";
    public const string Rtf = "Rich Text Format";
    public const string Url = "UniformResourceLocatorW";

    /// <summary>Any value: not for programs that watch the clipboard.</summary>
    public const string ExcludeFromMonitors = "ExcludeClipboardContentFromMonitorProcessing";

    /// <summary>A DWORD; 0: not for the history that Windows keeps.</summary>
    public const string InHistory = "CanIncludeInClipboardHistory";

    /// <summary>A DWORD; 0: not for the user's other devices.</summary>
    public const string InCloud = "CanUploadToCloudClipboard";

    /// <summary>Any value: an older word for the first.</summary>
    public const string ViewerIgnore = "Clipboard Viewer Ignore";

    /// <summary>What is read of other programs: each media type with the formats that can give it, best first.</summary>
    public static readonly IReadOnlyList<(string MediaType, string[] Formats)> Readable =
    [
        (MediaTypes.Text, [Text]),
        (MediaTypes.Html, [Html]),
        (MediaTypes.Rtf, [Rtf, MediaTypes.Rtf]),
        (MediaTypes.Url, [MediaTypes.Url, Url]),
        (MediaTypes.Colour, [MediaTypes.Colour]),
        (MediaTypes.Png, ["PNG", MediaTypes.Png]),
        (MediaTypes.Jpeg, ["JFIF", MediaTypes.Jpeg]),
        (MediaTypes.Gif, ["GIF", MediaTypes.Gif]),
        (MediaTypes.Webp, [MediaTypes.Webp]),
        (MediaTypes.Bmp, [MediaTypes.Bmp, Bitmap]),
        (MediaTypes.Tiff, [MediaTypes.Tiff]),
        (MediaTypes.Svg, [MediaTypes.Svg]),
    ];

    /// <summary>What says that nobody else should see this, and of which only a 0 says so.</summary>
    public static readonly IReadOnlyList<(string Format, bool OnlyZero)> Hints =
    [
        (ExcludeFromMonitors, false),
        (ViewerIgnore, false),
        (InHistory, true),
        (InCloud, true),
    ];

    /// <summary>
    /// Every format that serves this content, with its bytes; a name appears once. What would have no bytes is left out: Windows has
    /// no memory of size nothing.
    /// </summary>
    public static List<(string Format, ReadOnlyMemory<byte> Bytes)> Offer(
        ClipContent content,
        ReadOnlyMemory<byte> origin
    )
    {
        var offered = new List<(string Format, ReadOnlyMemory<byte> Bytes)>();
        void Add(string format, ReadOnlyMemory<byte> bytes)
        {
            if (bytes.Length > 0 && !offered.Exists(one => one.Format == format))
            {
                offered.Add((format, bytes));
            }
        }
        // One media type, and every name that programs ask for it by.
        void AddAll(string mediaType, ReadOnlyMemory<byte> bytes)
        {
            foreach (var format in Readable.FirstOrDefault(one => one.MediaType == mediaType).Formats ?? [mediaType])
            {
                Add(format, bytes);
            }
        }
        foreach (var (mediaType, bytes) in content.Representations)
        {
            switch (mediaType)
            {
                case MediaTypes.Text:
                case "text/plain":
                    Add(Text, ToWindowsText(bytes.Span));
                    break;
                case MediaTypes.Html:
                    Add(Html, HtmlFormat.Write(bytes.Span));
                    break;
                case MediaTypes.Url when TitledUrl.TryRead(bytes.Span, out var url):
                    Add(MediaTypes.Url, Encoding.Unicode.GetBytes($"{url.Url}\n{url.Title}"));
                    Add(Url, Encoding.Unicode.GetBytes(url.Url + '\0'));
                    break;
                case MediaTypes.Bmp:
                    Add(MediaTypes.Bmp, bytes);
                    if (DibFormat.TryFromFile(bytes, out var dib))
                    {
                        Add(Bitmap, dib);
                    }
                    break;
                case MediaTypes.Png:
                    AddAll(mediaType, bytes);
                    // Older programs, and many that are not, take bitmaps only.
                    if (
                        content.Representations.All(one => one.MediaType != MediaTypes.Bmp)
                        && DibFormat.TryFromPicture(bytes, out var drawn)
                    )
                    {
                        Add(Bitmap, drawn);
                    }
                    break;
                // A name of another device's, which must not be one of Windows' own.
                case var other when !other.Contains('/', StringComparison.Ordinal):
                    break;
                default:
                    AddAll(mediaType, bytes);
                    break;
            }
        }
        if (content.Sensitivity == Sensitivity.Secret)
        {
            foreach (var (hint, _) in Hints)
            {
                Add(hint, new byte[sizeof(int)]);
            }
        }
        Add(MediaTypes.Origin, origin);
        return offered;
    }

    /// <summary>Whether a hint that is there says "not for others".</summary>
    public static bool Conceals(bool onlyZero, ReadOnlySpan<byte> bytes) =>
        // Without a number that can be read: on the safe side.
        !onlyZero || bytes.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(bytes) == 0;

    /// <summary>What a program gave, as the media type says it must be. False if it is not what it says.</summary>
    public static bool TryDecode(string mediaType, string format, byte[] given, [NotNullWhen(true)] out byte[]? decoded)
    {
        switch (mediaType)
        {
            case MediaTypes.Text:
                decoded = Encoding.UTF8.GetBytes(FromUtf16(given));
                return true;
            case MediaTypes.Html:
                decoded = HtmlFormat.TryRead(given, out var fragment) ? fragment.ToArray() : null;
                return decoded is not null;
            case MediaTypes.Rtf:
                decoded = given.AsSpan().TrimEnd((byte)0).ToArray();
                return true;
            case MediaTypes.Url:
                // Browsers have it in UTF-16, here as on X11.
                decoded = TitledUrl.TryRead(Encoding.UTF8.GetBytes(FromUtf16(given)), out var url)
                    ? url.ToBytes()
                    : null;
                return decoded is not null;
            case MediaTypes.Bmp when format == Bitmap:
                decoded = DibFormat.TryToFile(given, out var file) ? file : null;
                return decoded is not null;
            case MediaTypes.Colour:
                decoded = given.Length >= MediaTypes.ColourSize ? given[..MediaTypes.ColourSize] : null;
                return decoded is not null;
            default:
                decoded = given.Length > 0 ? given : null;
                return decoded is not null;
        }
    }

    /// <summary>Up to the first zero. Half a character of two halves becomes U+FFFD: editors cut them so.</summary>
    private static string FromUtf16(ReadOnlySpan<byte> given)
    {
        var text = Encoding.Unicode.GetString(given[..(given.Length & ~1)]);
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    /// <summary>UTF-16 with a zero at its end, and the line ends that Windows' programs know.</summary>
    private static byte[] ToWindowsText(ReadOnlySpan<byte> utf8)
    {
        var text = Encoding.UTF8.GetString(utf8);
        var windows = new StringBuilder(text.Length + 1);
        var previous = '\0';
        foreach (var each in text)
        {
            if (each == '\n' && previous != '\r')
            {
                windows.Append('\r');
            }
            windows.Append(each);
            previous = each;
        }
        return Encoding.Unicode.GetBytes(windows.Append('\0').ToString());
    }
}
