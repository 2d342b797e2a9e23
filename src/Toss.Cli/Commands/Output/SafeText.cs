using System.Globalization;
using System.Text;

namespace Toss.Cli.Commands.Output;

/// <summary>
/// Names, previews and messages come from other devices: what could move the cursor, colour the screen or turn the
/// reading direction is shown as a mark instead.
/// </summary>
internal static class SafeText
{
    public static string Of(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (rune.Value is '\n' or '\r' or '\t')
            {
                safe.Append(' ');
            }
            else if (
                category
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
            )
            {
                safe.Append('\uFFFD');
            }
            else
            {
                safe.Append(rune);
            }
        }
        return safe.ToString();
    }

    /// <summary>At most so many characters, with an ellipsis where something was cut.</summary>
    public static string Of(string text, int max)
    {
        var safe = Of(text);
        var whole = new StringInfo(safe);
        return whole.LengthInTextElements <= max ? safe : whole.SubstringByTextElements(0, max - 1) + "…";
    }
}
