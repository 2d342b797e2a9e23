using System.Net;
using System.Text;

namespace Toss.Core.Sync;

/// <summary>HTML without what platforms put around it. Not a parser: what it does not understand stays as it is.</summary>
internal static class HtmlForm
{
    /// <summary>Longer HTML is compared as it is written only.</summary>
    private const int MostRead = 1024 * 1024;

    /// <summary>
    /// What was selected: between the fragment's comments if there are any (as in Windows' CF_HTML and where it came from
    /// there), else what is in the body, else all of it without a leading &lt;meta&gt;.
    /// </summary>
    public static ReadOnlySpan<byte> Fragment(ReadOnlySpan<byte> html)
    {
        var start = html.IndexOf("<!--StartFragment-->"u8);
        var end = html.LastIndexOf("<!--EndFragment-->"u8);
        if (start >= 0 && end > start)
        {
            return html[(start + "<!--StartFragment-->"u8.Length)..end].Trim("\0\r\n\t "u8);
        }
        var body = IndexOfTag(html, "<body"u8);
        if (body >= 0 && html[body..].IndexOf((byte)'>') is >= 0 and var open)
        {
            html = html[(body + open + 1)..];
            var close = IndexOfTag(html, "</body"u8);
            return (close < 0 ? html : html[..close]).Trim("\0\r\n\t "u8);
        }
        html = html.Trim("\0\r\n\t "u8);
        if (IndexOfTag(html, "<meta"u8) == 0 && html.IndexOf((byte)'>') is >= 0 and var meta)
        {
            html = html[(meta + 1)..].TrimStart("\r\n\t "u8);
        }
        return html;
    }

    /// <summary>What a reader sees of it, without its spaces; empty if that is nothing, or too long to say.</summary>
    public static byte[] VisibleText(ReadOnlySpan<byte> fragment)
    {
        if (fragment.Length > MostRead)
        {
            return [];
        }
        var text = new StringBuilder(fragment.Length);
        while (!fragment.IsEmpty)
        {
            var tag = fragment.IndexOf((byte)'<');
            text.Append(Encoding.UTF8.GetString(tag < 0 ? fragment : fragment[..tag]));
            if (tag < 0)
            {
                break;
            }
            var close = fragment[tag..].IndexOf((byte)'>');
            fragment = close < 0 ? default : fragment[(tag + close + 1)..];
        }
        // A tag may part words (</p><p>) or not (<b>): without any spaces all rewritings of one text fall together.
        var visible = WebUtility.HtmlDecode(text.ToString());
        return Encoding.UTF8.GetBytes(string.Concat(visible.Where(letter => !char.IsWhiteSpace(letter))));
    }

    private static int IndexOfTag(ReadOnlySpan<byte> html, ReadOnlySpan<byte> lower)
    {
        for (var at = 0; at + lower.Length <= html.Length; at++)
        {
            var next = html[at..].IndexOf((byte)'<');
            if (next < 0)
            {
                return -1;
            }
            at += next;
            if (at + lower.Length <= html.Length && Ascii.EqualsIgnoreCase(html.Slice(at, lower.Length), lower))
            {
                return at;
            }
        }
        return -1;
    }
}
