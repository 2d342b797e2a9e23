using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Platform.Clipboards.X11;

/// <summary>Which X11 targets stand for which media types, in both directions. Names only; no display.</summary>
internal static class X11Formats
{
    public const string Utf8String = "UTF8_STRING";
    public const string Latin1String = "STRING";

    /// <summary>KDE's hint, honoured by most clipboard managers: do not keep this.</summary>
    public const string ConcealedHint = "x-kde-passwordManagerHint";

    /// <summary>What is asked of other owners: each media type with the targets that can give it, best first.</summary>
    public static readonly IReadOnlyList<(string MediaType, string[] Targets)> Readable =
    [
        (MediaTypes.Text, [Utf8String, MediaTypes.Text, "text/plain;charset=UTF-8", "text/plain", Latin1String]),
        (MediaTypes.Html, [MediaTypes.Html]),
        (MediaTypes.Png, [MediaTypes.Png]),
    ];

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding StrictUtf16 = new(false, false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding StrictUtf16BigEndian = new(true, false, throwOnInvalidBytes: true);

    /// <summary>
    /// Every target that serves this content: its name, the type its answer has, and the bytes. A name appears once; the
    /// first representation that can serve it does.
    /// </summary>
    public static List<(string Target, string Type, ReadOnlyMemory<byte> Bytes)> Offer(
        ClipContent content,
        ReadOnlyMemory<byte> origin
    )
    {
        var offered = new List<(string Target, string Type, ReadOnlyMemory<byte> Bytes)>();
        void Add(string target, string type, ReadOnlyMemory<byte> bytes)
        {
            if (!offered.Exists(one => one.Target == target))
            {
                offered.Add((target, type, bytes));
            }
        }
        foreach (var (mediaType, bytes) in content.Representations)
        {
            if (mediaType is MediaTypes.Text or "text/plain")
            {
                Add(Utf8String, Utf8String, bytes);
                Add(MediaTypes.Text, MediaTypes.Text, bytes);
                Add("text/plain", "text/plain", bytes);
                // ICCCM §2.6.2: TEXT lets the owner choose the encoding.
                Add("TEXT", Utf8String, bytes);
                if (TryToLatin1(bytes.Span, out var latin1))
                {
                    Add(Latin1String, Latin1String, latin1);
                }
            }
            else
            {
                Add(mediaType, mediaType, bytes);
            }
        }
        if (origin.Length > 0)
        {
            Add(MediaTypes.Origin, MediaTypes.Origin, origin);
        }
        if (content.Sensitivity == Sensitivity.Secret)
        {
            Add(ConcealedHint, ConcealedHint, "secret"u8.ToArray());
        }
        return offered;
    }

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
        else if (
            html.Length >= 2
            && html.Length % 2 == 0
            && BinaryPrimitives.ReadUInt16LittleEndian(html) < 0x80
            && html[1] == 0
        )
        {
            return Encoding.UTF8.GetBytes(StrictUtf16.GetString(html));
        }
        return !IsUtf8(html) ? null
            : html.Length == given.Length ? given
            : html.ToArray();
    }

    private static bool TryToLatin1(ReadOnlySpan<byte> utf8, out byte[] latin1)
    {
        latin1 = [];
        try
        {
            var text = StrictUtf8.GetString(utf8);
            if (text.AsSpan().IndexOfAnyExceptInRange('\0', '\u00ff') >= 0)
            {
                return false;
            }
            latin1 = Encoding.Latin1.GetBytes(text);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsUtf8(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes);
}
