using System.Text;

namespace Toss.Testing.Platform.MacOs;

/// <summary>
/// What a program of macOS puts on the pasteboard for one copy: the types in their order, with bytes of their kind. Written by
/// hand after what is published of these types (developer.apple.com on uniform type identifiers and NSPasteboard,
/// nspasteboard.org, Chromium's and WebKit's sources on what they write), not recorded on a Mac: there was none.
/// </summary>
public sealed record PasteboardRecording(string Program, params (string Type, byte[] Bytes)[] Content)
{
    private static readonly byte[] png = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', 1, 2, 3];
    private static readonly byte[] tiff = [.. "MM"u8, 0, 42, 0, 0, 0, 8, 9];
    private static readonly byte[] bytes = [.. "bplist00"u8, 0xD1, 1, 2];

    /// <summary>Two words of a page; WebKit's archive of them is nobody's but WebKit's.</summary>
    public static PasteboardRecording SafariSelection { get; } =
        new(
            "Safari",
            ("com.apple.webarchive", bytes),
            ("public.rtf", Utf8(@"{\rtf1\ansi\b two \b0 words}")),
            ("public.html", Utf8("<b>two</b> words")),
            ("public.utf8-plain-text", Utf8("two words")),
            ("com.apple.WebKit.custom-pasteboard-data", bytes)
        );

    public static PasteboardRecording SafariLink { get; } =
        new(
            "Safari",
            ("com.apple.webarchive", bytes),
            ("public.url", Utf8("https://example.org/a?b=c")),
            ("public.url-name", Utf8("Ein Titel \u2013 \u4f60\u597d")),
            ("public.utf8-plain-text", Utf8("https://example.org/a?b=c"))
        );

    /// <summary>Chromium says its charset in the HTML itself, and names the page.</summary>
    public static PasteboardRecording ChromeSelection { get; } =
        new(
            "Chrome",
            ("org.chromium.source-url", Utf8("https://example.org/")),
            ("public.html", Utf8("<meta charset='utf-8'><b>two</b> words \u2713")),
            ("public.utf8-plain-text", Utf8("two words \u2713"))
        );

    public static PasteboardRecording ChromePicture { get; } =
        new(
            "Chrome",
            ("public.html", Utf8("<meta charset='utf-8'><img src=\"x.png\">")),
            ("public.png", png),
            ("public.tiff", tiff)
        );

    public static PasteboardRecording TextEditRich { get; } =
        new(
            "TextEdit",
            ("public.rtf", Utf8(@"{\rtf1\ansi\ansicpg1252 gr\'fc\'dfe}")),
            ("public.utf8-plain-text", Utf8("gr\u00fc\u00dfe")),
            ("public.utf16-external-plain-text", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("gr\u00fc\u00dfe")])
        );

    /// <summary>A program of before UTF-8 was everywhere.</summary>
    public static PasteboardRecording Utf16Only { get; } =
        new(
            "an old program",
            ("public.utf16-external-plain-text", Encoding.BigEndianUnicode.GetBytes("gr\u00fc\u00dfe"))
        );

    /// <summary>A part of a picture. macOS' own screenshots are there as PNG.</summary>
    public static PasteboardRecording PreviewSelection { get; } = new("Preview", ("public.tiff", tiff));

    public static PasteboardRecording Screenshot { get; } =
        new("screencapture", ("public.png", png), ("public.tiff", tiff));

    /// <summary>A file: its place, its name, and its icon, of which macOS makes a TIFF for who asks.</summary>
    public static PasteboardRecording FinderFile { get; } =
        new(
            "Finder",
            ("public.file-url", Utf8("file:///.file/id=6571367.8623404")),
            ("NSFilenamesPboardType", bytes),
            ("com.apple.icns", [.. "icns"u8, 0, 0, 0, 8]),
            ("public.tiff", tiff),
            ("public.utf8-plain-text", Utf8("Report.pdf"))
        );

    public static PasteboardRecording OnePassword { get; } =
        new(
            "1Password",
            ("org.nspasteboard.ConcealedType", []),
            ("com.agilebits.onepassword", []),
            ("org.nspasteboard.source", Utf8("com.1password.1password")),
            ("public.utf8-plain-text", Utf8("hunter2"))
        );

    /// <summary>Marked as both: there for a moment, and nobody else's.</summary>
    public static PasteboardRecording PassingPassword { get; } =
        new(
            "a password manager",
            ("public.utf8-plain-text", Utf8("hunter2")),
            ("org.nspasteboard.TransientType", []),
            ("org.nspasteboard.ConcealedType", [])
        );

    /// <summary>Apple's own password program.</summary>
    public static PasteboardRecording ApplePasswords { get; } =
        new("Passwords", ("public.utf8-plain-text", Utf8("hunter2")), ("com.apple.is-sensitive", []));

    /// <summary>Puts a phrase, has it pasted, and puts back what was there.</summary>
    public static PasteboardRecording TextExpander { get; } =
        new(
            "TextExpander",
            ("public.utf8-plain-text", Utf8("Kind regards")),
            ("org.nspasteboard.TransientType", []),
            ("de.petermaurer.TransientPasteboardType", [])
        );

    public static PasteboardRecording AutoGenerated { get; } =
        new(
            "a program as it starts",
            ("public.utf8-plain-text", Utf8("abc")),
            ("org.nspasteboard.AutoGeneratedType", [])
        );

    /// <summary>Copied on a telephone: announced here, and fetched from there by whoever reads it.</summary>
    public static PasteboardRecording UniversalClipboard { get; } =
        new(
            "Universal Clipboard",
            ("public.utf8-plain-text", Utf8("of the telephone")),
            ("com.apple.is-remote-clipboard", [])
        );

    /// <summary>Things that no other program could read.</summary>
    public static PasteboardRecording OnlyOwnTypes { get; } =
        new("Keynote", ("com.apple.iWork.TSPNativeData", bytes), ("com.apple.iWork.TSPDescription", bytes));

    public override string ToString() => Program;

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
