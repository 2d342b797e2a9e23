using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Wire;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>Which formats of Windows stand for which media types, in both directions. Names and bytes only; no clipboard.</summary>
internal static class WindowsFormats
{
    /// <summary>CF_UNICODETEXT. Windows itself makes the older texts of it.</summary>
    public const string Text = "CF_UNICODETEXT";

    /// <summary>CF_DIB. Windows makes it of every bitmap.</summary>
    public const string Bitmap = "CF_DIB";

    /// <summary>CF_HDROP. Files, as Windows' own file manager copies them.</summary>
    public const string Files = "CF_HDROP";

    /// <summary>A DWORD: whether files that are pasted are copied or moved.</summary>
    public const string DropEffect = "Preferred DropEffect";

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
        (MediaTypes.LocalFiles, [Files]),
        (MediaTypes.Colour, [MediaTypes.Colour]),
        (MediaTypes.Png, ["PNG", MediaTypes.Png]),
        (MediaTypes.Jpeg, ["JFIF", MediaTypes.Jpeg]),
        (MediaTypes.Gif, ["GIF", MediaTypes.Gif]),
        (MediaTypes.Webp, [MediaTypes.Webp]),
        (MediaTypes.Bmp, [MediaTypes.Bmp, Bitmap]),
        (MediaTypes.Tiff, [MediaTypes.Tiff]),
        (MediaTypes.Svg, [MediaTypes.Svg]),
    ];

    private static readonly OfferedFormat[] NoFormats = [];

    /// <summary>What says that nobody else should see this, and of which only a 0 says so.</summary>
    public static readonly IReadOnlyList<(string Format, bool OnlyZero)> Hints =
    [
        (ExcludeFromMonitors, false),
        (ViewerIgnore, false),
        (InHistory, true),
        (InCloud, true),
    ];

    /// <summary>
    /// Every format that serves this content, with its bytes or the promise of them; a name appears once. What would have no bytes is
    /// left out: Windows has no memory of size nothing.
    /// </summary>
    public static List<OfferedFormat> Offer(ClipContent content, ReadOnlyMemory<byte> origin)
    {
        var offered = new List<OfferedFormat>();
        void Add(string format, ReadOnlyMemory<byte> bytes)
        {
            if (bytes.Length > 0 && !offered.Exists(one => one.Format == format))
            {
                offered.Add(new(format, bytes));
            }
        }
        foreach (var representation in content.Representations)
        {
            var (mediaType, bytes) = representation;
            if (representation.Promise is { } promise)
            {
                foreach (var one in Promised(content, mediaType, promise))
                {
                    if (!offered.Exists(other => other.Format == one.Format))
                    {
                        offered.Add(one);
                    }
                }
                continue;
            }
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
                case MediaTypes.LocalFiles:
                    Add(Files, DropFormat.Write(LocalFiles.Read(bytes.Span)));
                    Add(DropEffect, DropFormat.CopyEffect);
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
                    if (IsAloneAsPicture(content) && DibFormat.TryFromPicture(bytes, out var drawn))
                    {
                        Add(Bitmap, drawn);
                    }
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

        void AddAll(string mediaType, ReadOnlyMemory<byte> bytes)
        {
            foreach (var format in NamesOf(mediaType))
            {
                Add(format, bytes);
            }
        }
    }

    /// <summary>The same of what is not in memory. What is never large is no promise.</summary>
    private static IEnumerable<OfferedFormat> Promised(ClipContent content, string mediaType, IPromise promise)
    {
        OfferedFormat As(string format, Func<FormatEncoder> encoder) => new(format, default, promise, encoder);
        // A bitmap is made of a picture in memory.
        var canBeDrawn = promise.Size <= Limits.CopiedContent;
        return mediaType switch
        {
            MediaTypes.Text or "text/plain" => [As(Text, () => new TextEncoder())],
            MediaTypes.Html => [As(Html, () => new HtmlEncoder())],
            MediaTypes.Url or MediaTypes.Colour => [],
            MediaTypes.LocalFiles =>
            [
                new(
                    Files,
                    default,
                    new EncodedPromise(promise, paths => DropFormat.Write(LocalFiles.Read(paths.Span))),
                    () => new FormatEncoder()
                ),
                new(DropEffect, DropFormat.CopyEffect),
            ],
            MediaTypes.Bmp =>
            [
                As(MediaTypes.Bmp, () => new FormatEncoder()),
                .. canBeDrawn ? [As(Bitmap, () => new BitmapEncoder(DibFormat.TryFromFile))] : NoFormats,
            ],
            MediaTypes.Png =>
            [
                .. NamesOf(mediaType).Select(name => As(name, () => new FormatEncoder())),
                .. canBeDrawn && IsAloneAsPicture(content)
                    ? [As(Bitmap, () => new BitmapEncoder(DibFormat.TryFromPicture))]
                    : NoFormats,
            ],
            _ => NamesOf(mediaType).Select(name => As(name, () => new FormatEncoder())),
        };
    }

    /// <summary>
    /// One media type, and every name that programs ask for it by. None for a name of another device's that could be one of Windows'
    /// own.
    /// </summary>
    private static IReadOnlyList<string> NamesOf(string mediaType) =>
        mediaType.Contains('/', StringComparison.Ordinal)
            ? Readable.FirstOrDefault(one => one.MediaType == mediaType).Formats ?? [mediaType]
            : [];

    /// <summary>There is no better bitmap than what can be drawn of it.</summary>
    private static bool IsAloneAsPicture(ClipContent content) =>
        content.Representations.All(one => one.MediaType != MediaTypes.Bmp);

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
            case MediaTypes.LocalFiles:
                decoded = DropFormat.TryRead(given, out var paths) ? LocalFiles.Write(paths) : null;
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

    private static byte[] ToWindowsText(ReadOnlySpan<byte> utf8)
    {
        var encoder = new TextEncoder();
        var text = encoder.Next(utf8).ToArray();
        encoder.TryEnd(out var rest);
        return [.. text, .. rest];
    }
}
