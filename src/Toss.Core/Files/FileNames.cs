using System.Text;

namespace Toss.Core.Files;

/// <summary>
/// Makes a name that somebody else wrote one that is safe to use, on every platform alike: a set may be passed on. What comes out
/// is one name, never a way to somewhere else, and reads as what it is.
/// </summary>
public static class FileNames
{
    /// <summary>UTF-8 bytes: what file systems have (255), less room for a number.</summary>
    public const int Most = 240;

    /// <summary>What Toss itself puts into a folder while it receives; no received name begins so.</summary>
    public const string OwnPrefix = ".toss-";

    /// <summary>UTF-8 bytes of an ending that is kept when a name is shortened.</summary>
    private const int MostEnding = 32;

    private const char Instead = '_';

    /// <summary>What turns the reading direction: "photo[U+202E]gpj.exe" reads as a picture.</summary>
    private const string Bidi = "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";

    /// <summary>What Windows' file systems have a meaning for, beside separators.</summary>
    private const string WindowsOnly = "<>:\"|?*";

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];

    /// <param name="forWindows">Also without the characters that only Windows refuses.</param>
    public static string MakeSafe(string name, bool forWindows = false)
    {
        var safe = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.IsBmp && Bidi.Contains((char)rune.Value, StringComparison.Ordinal))
            {
                continue;
            }
            _ =
                IsRefused(rune) || (forWindows && rune.IsBmp && WindowsOnly.Contains((char)rune.Value))
                    ? safe.Append(Instead)
                    : safe.Append(rune);
        }
        // Windows drops them, so that two names are one; and "..", "." and nothing are gone with them.
        var trimmed = safe.ToString().TrimEnd('.', ' ');
        if (trimmed.Length == 0)
        {
            return $"{Instead}";
        }
        if (IsDevice(trimmed) || trimmed.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase))
        {
            trimmed = Instead + trimmed;
        }
        return Shorten(trimmed);
    }

    /// <summary>"photo.jpg" and 2 make "photo (2).jpg".</summary>
    public static string Number(string name, int number)
    {
        var (stem, ending) = Split(name);
        return $"{stem} ({number}){ending}";
    }

    /// <summary>The name without its ending, and the ending with its dot: "archive" and ".tar.gz".</summary>
    private static (string Stem, string Ending) Split(string name)
    {
        var dot = name.LastIndexOf('.');
        if (dot <= 0 || Encoding.UTF8.GetByteCount(name.AsSpan(dot)) > MostEnding)
        {
            return (name, "");
        }
        if (dot > 4 && name.AsSpan(0, dot).EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
        {
            dot -= 4;
        }
        return (name[..dot], name[dot..]);
    }

    private static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= Most)
        {
            return name;
        }
        var (stem, ending) = Split(name);
        var room = Most - Encoding.UTF8.GetByteCount(ending);
        var kept = 0;
        foreach (var rune in stem.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
            {
                break;
            }
            kept += rune.Utf16SequenceLength;
        }
        return (stem[..kept].TrimEnd('.', ' ') + ending).TrimEnd('.', ' ');
    }

    /// <summary>Control characters, ends of lines, separators of any platform, and what is no character at all.</summary>
    private static bool IsRefused(Rune rune) =>
        Rune.IsControl(rune) || rune.Value is '/' or '\\' or 0x2028 or 0x2029 or 0xFEFF or 0xFFFD;

    /// <summary>Windows opens the device whatever stands behind the first dot.</summary>
    private static bool IsDevice(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? name : name[..dot]).TrimEnd(' ');
        return Devices.Contains(stem, StringComparer.OrdinalIgnoreCase)
            || (
                stem.Length == 4
                && (
                    stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase)
                    || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase)
                )
                && (char.IsAsciiDigit(stem[3]) || stem[3] is '\u00B9' or '\u00B2' or '\u00B3')
            );
    }
}
