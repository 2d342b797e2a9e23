using System.Globalization;
using System.Text;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// Windows' "HTML Format": UTF-8, a header of lines that say at which bytes what begins and ends, then HTML in which the
/// fragment that was copied lies (learn.microsoft.com, "HTML Clipboard Format"). We keep the fragment alone.
/// </summary>
internal static class HtmlFormat
{
    /// <summary>Header lines that are looked at; programs write up to eight.</summary>
    private const int MostLines = 32;

    /// <summary>What is counted is far below this; longer numbers are nonsense.</summary>
    private const int MostDigits = 10;

    private const string PageBefore = "<html>\r\n<body>\r\n<!--StartFragment-->";

    /// <summary>What stands behind a fragment.</summary>
    public static ReadOnlySpan<byte> After => "<!--EndFragment-->\r\n</body>\r\n</html>"u8;

    private static ReadOnlySpan<byte> StartMark => "<!--StartFragment-->"u8;

    private static ReadOnlySpan<byte> EndMark => "<!--EndFragment-->"u8;

    public static byte[] Write(ReadOnlySpan<byte> fragment) => [.. Before(fragment.Length), .. fragment, .. After];

    /// <summary>What stands before a fragment of this length.</summary>
    public static byte[] Before(long length)
    {
        // Ten digits each, whatever is counted, so that the header does not move what it counts.
        var header = Header(0, 0, 0, 0).Length;
        var start = header + PageBefore.Length;
        var end = start + length;
        return Encoding.ASCII.GetBytes(Header(header, end + After.Length, start, end) + PageBefore);
    }

    /// <summary>
    /// The fragment: where the header says; if that cannot be, between the marks; if there are none, all of the HTML. False if it
    /// is not UTF-8.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> given, out ReadOnlySpan<byte> fragment)
    {
        // The memory may be longer than what was put in it.
        given = given.TrimEnd((byte)0);
        var body = ReadHeader(given, out var said);
        if (!TrySlice(given, said.StartFragment, said.EndFragment, body, out fragment))
        {
            var start = given.IndexOf(StartMark);
            var end = given.LastIndexOf(EndMark);
            if (start >= 0 && end >= start + StartMark.Length)
            {
                fragment = given[(start + StartMark.Length)..end];
            }
            else if (!TrySlice(given, said.StartHtml, said.EndHtml, body, out fragment))
            {
                fragment = given[body..];
            }
        }
        return System.Text.Unicode.Utf8.IsValid(fragment);
    }

    private static string Header(long html, long htmlEnd, long start, long end) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Version:0.9\r\nStartHTML:{html:D10}\r\nEndHTML:{htmlEnd:D10}\r\nStartFragment:{start:D10}\r\nEndFragment:{end:D10}\r\n"
        );

    /// <summary>Where the header ends: at the first line that is none of its; 0 if it has no line that a header has.</summary>
    private static int ReadHeader(
        ReadOnlySpan<byte> given,
        out (long StartHtml, long EndHtml, long StartFragment, long EndFragment) said
    )
    {
        said = (-1, -1, -1, -1);
        var isHeader = false;
        var at = 0;
        for (var lines = 0; lines < MostLines && at < given.Length && given[at] != (byte)'<'; lines++)
        {
            var rest = given[at..];
            var length = rest.IndexOfAny((byte)'\r', (byte)'\n');
            var line = length < 0 ? rest : rest[..length];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || !IsName(line[..colon]))
            {
                break;
            }
            var value = NumberOf(line[(colon + 1)..]);
            var name = Encoding.ASCII.GetString(line[..colon]);
            isHeader |= name is "Version" or "StartHTML" or "EndHTML" or "StartFragment" or "EndFragment";
            switch (name)
            {
                case "StartHTML":
                    said.StartHtml = value;
                    break;
                case "EndHTML":
                    said.EndHtml = value;
                    break;
                case "StartFragment":
                    said.StartFragment = value;
                    break;
                case "EndFragment":
                    said.EndFragment = value;
                    break;
            }
            at += line.Length;
            while (at < given.Length && given[at] is (byte)'\r' or (byte)'\n')
            {
                at++;
            }
        }
        return isHeader ? at : 0;
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (var each in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)each))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>-1 if it is none, and for the -1 that means "there is none".</summary>
    private static long NumberOf(ReadOnlySpan<byte> digits)
    {
        digits = digits.Trim((byte)' ');
        return
            digits.Length is > 0 and <= MostDigits
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;
    }

    private static bool TrySlice(ReadOnlySpan<byte> given, long start, long end, int body, out ReadOnlySpan<byte> slice)
    {
        slice = [];
        if (start < body || end < start || end > given.Length)
        {
            return false;
        }
        slice = given[(int)start..(int)end];
        return true;
    }
}
