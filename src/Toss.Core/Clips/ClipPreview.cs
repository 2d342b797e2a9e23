using System.Text;
using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>What lists show of a clip: the beginning of its text, or its kind. Of a secret, nothing.</summary>
public static class ClipPreview
{
    public const string Masked = "••••••••";

    /// <summary>Bytes looked at: enough for <see cref="Limits.Preview"/> characters of any script.</summary>
    private const int TextBytes = Limits.Preview * 4;

    public static string Of(IReadOnlyList<Representation> representations, Sensitivity sensitivity)
    {
        if (sensitivity == Sensitivity.Secret)
        {
            return Masked;
        }
        foreach (var representation in representations)
        {
            if (MediaTypes.IsText(representation.MediaType) && representation.Inline is { } text)
            {
                return OfText(text.Span);
            }
        }
        return representations.Count > 0 ? $"[{representations[0].MediaType}]" : "";
    }

    /// <summary>The names at the top of a set, as many as fit.</summary>
    public static string OfFiles(FileSummary files)
    {
        var shown = new StringBuilder();
        var count = 0;
        foreach (var name in files.Names)
        {
            if (shown.Length + name.Length > Limits.Preview / 2)
            {
                break;
            }
            _ = shown.Append(count++ == 0 ? "" : ", ").Append(name);
        }
        var all = (int)(files.Files + files.Folders);
        return all == count ? shown.ToString() : $"{shown} ({files.Files} files)";
    }

    /// <summary>The beginning of UTF-8 text, cut between characters, control characters shown as spaces.</summary>
    public static string OfText(ReadOnlySpan<byte> utf8)
    {
        var cut = utf8[..Math.Min(utf8.Length, TextBytes)];
        var text = Encoding.UTF8.GetString(cut);
        if (cut.Length < utf8.Length)
        {
            text = text.TrimEnd('\uFFFD');
        }
        var length = Math.Min(text.Length, Limits.Preview);
        if (length < text.Length && char.IsHighSurrogate(text[length - 1]))
        {
            length--;
        }
        return string.Create(
            length,
            text,
            static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsControl(source[i]) && source[i] is not ('\n' or '\t') ? ' ' : source[i];
                }
            }
        );
    }
}
