using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Wire;

namespace Toss.Platform.Clipboards;

/// <summary>
/// Which targets of X11, and which MIME types of Wayland, stand for which media types, in both directions. Names only; no
/// display. Programs on Xwayland bring X11's names to Wayland, so both have one table.
/// </summary>
internal static class TargetFormats
{
    public const string Utf8String = "UTF8_STRING";
    public const string Latin1String = "STRING";

    /// <summary>RFC 2483 §5: addresses, or names of files.</summary>
    public const string UriList = "text/uri-list";

    /// <summary>GNOME's and Xfce's: `copy` or `cut`, then names of files as in <see cref="UriList"/>.</summary>
    public const string CopiedFiles = "x-special/gnome-copied-files";

    /// <summary>KDE's hint, honoured by most clipboard managers: do not keep this.</summary>
    public const string ConcealedHint = "x-kde-passwordManagerHint";

    /// <summary>What is asked of other owners: each media type with the targets that can give it, best first.</summary>
    public static readonly IReadOnlyList<(string MediaType, string[] Targets)> Readable =
    [
        (MediaTypes.Text, [Utf8String, MediaTypes.Text, "text/plain;charset=UTF-8", "text/plain", Latin1String]),
        (MediaTypes.Html, [MediaTypes.Html]),
        (MediaTypes.Rtf, [MediaTypes.Rtf, "application/rtf", "text/richtext"]),
        (MediaTypes.Url, [MediaTypes.Url, UriList]),
        (MediaTypes.LocalFiles, [CopiedFiles, UriList]),
        (MediaTypes.Colour, [MediaTypes.Colour]),
        (MediaTypes.Png, [MediaTypes.Png]),
        (MediaTypes.Jpeg, [MediaTypes.Jpeg, "image/jpg"]),
        (MediaTypes.Gif, [MediaTypes.Gif]),
        (MediaTypes.Webp, [MediaTypes.Webp]),
        (MediaTypes.Bmp, [MediaTypes.Bmp, "image/x-bmp", "image/x-ms-bmp", "image/x-MS-bmp"]),
        (MediaTypes.Tiff, [MediaTypes.Tiff]),
        (MediaTypes.Svg, [MediaTypes.Svg, "image/svg"]),
    ];

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding StrictUtf16 = new(false, false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding StrictUtf16BigEndian = new(true, false, throwOnInvalidBytes: true);

    /// <summary>
    /// Every target that serves this content: its name, the type its answer has, and the bytes or the promise of them. A name
    /// appears once; the first representation that can serve it does.
    /// </summary>
    public static List<(string Target, string Type, ServedContent Content)> Offer(
        ClipContent content,
        ReadOnlyMemory<byte> origin
    )
    {
        var offered = new List<(string Target, string Type, ServedContent Content)>();
        void Add(string target, string type, ServedContent served)
        {
            if (!offered.Exists(one => one.Target == target))
            {
                offered.Add((target, type, served));
            }
        }
        foreach (var representation in content.Representations)
        {
            var (mediaType, inMemory) = representation;
            var bytes = new ServedContent(inMemory, representation.Promise);
            if (mediaType is MediaTypes.Text or "text/plain")
            {
                Add(Utf8String, Utf8String, bytes);
                Add(MediaTypes.Text, MediaTypes.Text, bytes);
                Add("text/plain", "text/plain", bytes);
                // ICCCM §2.6.2: TEXT lets the owner choose the encoding.
                Add("TEXT", Utf8String, bytes);
                if (bytes.Promise is null && TryToLatin1(inMemory, out var latin1))
                {
                    Add(Latin1String, Latin1String, new ServedContent(latin1));
                }
            }
            else if (mediaType == MediaTypes.LocalFiles)
            {
                Add(UriList, UriList, InForm(bytes, AddressList));
                Add(CopiedFiles, CopiedFiles, InForm(bytes, CopiedList));
                // As file managers do: a terminal or an editor gets the paths.
                Add(Utf8String, Utf8String, bytes);
                Add(MediaTypes.Text, MediaTypes.Text, bytes);
            }
            else if (mediaType == MediaTypes.Url && TitledUrl.TryRead(inMemory.Span, out var url))
            {
                var titled = Encoding.Unicode.GetBytes($"{url.Url}\n{url.Title}");
                Add(MediaTypes.Url, MediaTypes.Url, new ServedContent(titled));
                Add(UriList, UriList, new ServedContent(Encoding.UTF8.GetBytes(url.Url + "\r\n")));
            }
            else
            {
                Add(mediaType, mediaType, bytes);
                // One media type, and every name that programs ask for it by.
                foreach (var other in Readable.FirstOrDefault(format => format.MediaType == mediaType).Targets ?? [])
                {
                    Add(other, other, bytes);
                }
            }
        }
        if (origin.Length > 0)
        {
            Add(MediaTypes.Origin, MediaTypes.Origin, new ServedContent(origin));
        }
        if (content.Sensitivity == Sensitivity.Secret)
        {
            Add(ConcealedHint, ConcealedHint, new ServedContent("secret"u8.ToArray()));
        }
        return offered;
    }

    private static ServedContent InForm(ServedContent paths, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> encode) =>
        paths.Promise is { } promise
            ? new(default, new EncodedPromise(promise, encode))
            : new ServedContent(encode(paths.Bytes));

    private static ReadOnlyMemory<byte> AddressList(ReadOnlyMemory<byte> paths) =>
        Encoding.UTF8.GetBytes(string.Concat(AddressesOf(paths).Select(address => address + "\r\n")));

    private static ReadOnlyMemory<byte> CopiedList(ReadOnlyMemory<byte> paths) =>
        Encoding.UTF8.GetBytes($"copy\n{string.Join('\n', AddressesOf(paths))}");

    private static IEnumerable<string> AddressesOf(ReadOnlyMemory<byte> paths) =>
        LocalFiles.Read(paths.Span).Select(LocalFiles.AddressOf);

    /// <summary>
    /// What an owner gave, as the media type says it must be. <paramref name="latin1"/>: the answer's type was STRING.
    /// False if it is not what it says.
    /// </summary>
    public static bool TryDecode(
        string mediaType,
        string target,
        bool latin1,
        byte[] given,
        [NotNullWhen(true)] out byte[]? decoded
    )
    {
        decoded = null;
        try
        {
            switch (mediaType)
            {
                case MediaTypes.Text when latin1:
                    decoded = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(given));
                    return true;
                case MediaTypes.Text when target == "text/plain" && !IsUtf8(given):
                    // No charset is named; what is not UTF-8 is most likely Latin-1 from an old program.
                    decoded = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(given));
                    return true;
                case MediaTypes.Text:
                    decoded = IsUtf8(given) ? given : null;
                    return decoded is not null;
                case MediaTypes.Html:
                    decoded = HtmlToUtf8(given);
                    return decoded is not null;
                case MediaTypes.Url:
                    decoded = UrlToUtf8(target, given);
                    return decoded is not null;
                case MediaTypes.LocalFiles:
                    decoded = LocalFiles.TryReadAddresses(given, out var paths) ? LocalFiles.Write(paths) : null;
                    return decoded is not null;
                case MediaTypes.Colour:
                    decoded = given.Length == MediaTypes.ColourSize ? given : null;
                    return decoded is not null;
                default:
                    decoded = given;
                    return true;
            }
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>
    /// Content that begins so is what its media type says as it stands, if it is UTF-8 where that must be: <see cref="TryDecode"/>
    /// gives it back unchanged.
    /// </summary>
    public static bool IsKeptAsGiven(string mediaType, ReadOnlySpan<byte> head) =>
        mediaType != MediaTypes.Html
        || !(
            LooksLikeUtf16(head[..Math.Min(head.Length, 2)])
            || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])
            || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])
            || head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])
        );

    /// <summary>Firefox gives text/html as UTF-16 with a byte order mark; others without one. No HTML holds zeros in UTF-8.</summary>
    private static byte[]? HtmlToUtf8(byte[] given)
    {
        ReadOnlySpan<byte> html = given;
        if (html.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
        {
            return Encoding.UTF8.GetBytes(StrictUtf16.GetString(html[2..]));
        }
        if (html.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return Encoding.UTF8.GetBytes(StrictUtf16BigEndian.GetString(html[2..]));
        }
        if (html.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            html = html[3..];
        }
        else if (LooksLikeUtf16(html))
        {
            return Encoding.UTF8.GetBytes(StrictUtf16.GetString(html));
        }
        return !IsUtf8(html) ? null
            : html.Length == given.Length ? given
            : html.ToArray();
    }

    /// <summary>Browsers give the address and its title as UTF-16, without a byte order mark; a list is UTF-8, without titles.</summary>
    private static byte[]? UrlToUtf8(string target, ReadOnlySpan<byte> given)
    {
        if (target == UriList)
        {
            return TitledUrl.TryReadList(given, out var first) ? first.ToBytes() : null;
        }
        var utf8 = LooksLikeUtf16(given) ? Encoding.UTF8.GetBytes(StrictUtf16.GetString(given)) : given;
        return TitledUrl.TryRead(utf8, out var url) ? url.ToBytes() : null;
    }

    /// <summary>What begins with a letter in it; UTF-8 text holds no zeros.</summary>
    private static bool LooksLikeUtf16(ReadOnlySpan<byte> given) =>
        given.Length >= 2
        && given.Length % 2 == 0
        && BinaryPrimitives.ReadUInt16LittleEndian(given) < 0x80
        && given[1] == 0;

    /// <summary>False if a letter is none of Latin-1's. Most text is ASCII, which is the same bytes in both.</summary>
    private static bool TryToLatin1(ReadOnlyMemory<byte> utf8, out ReadOnlyMemory<byte> latin1)
    {
        latin1 = utf8;
        var all = utf8.Span;
        if (Ascii.IsValid(all))
        {
            return true;
        }
        // U+0080 to U+00FF are two bytes each, of which the first is C2 or C3.
        var output = new byte[all.Length];
        var length = 0;
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i] < 0x80)
            {
                output[length++] = all[i];
            }
            else if (all[i] is 0xC2 or 0xC3 && i + 1 < all.Length && (all[i + 1] & 0xC0) == 0x80)
            {
                output[length++] = (byte)((all[i] << 6) | (all[++i] & 0x3F));
            }
            else
            {
                return false;
            }
        }
        latin1 = output.AsMemory(0, length);
        return true;
    }

    private static bool IsUtf8(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes);
}
