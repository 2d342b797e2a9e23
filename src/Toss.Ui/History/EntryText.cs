using Toss.Control;
using Toss.Ui.Home;

namespace Toss.Ui.History;

/// <summary>What a list says of a copy.</summary>
public static class EntryText
{
    /// <summary>More than a row has room for on any screen.</summary>
    private const int RowLength = 240;

    /// <summary>The most telling format.</summary>
    public static string KindOf(HistoryEntry entry) => ClipKinds.Of(entry.Types).FirstOrDefault() ?? ClipKinds.Other;

    /// <summary>The beginning of its text in one line; null if it has none.</summary>
    public static string? LineOf(HistoryEntry entry)
    {
        if (!ClipPreview.HasText(entry))
        {
            return null;
        }
        var words = entry.Preview.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var line = string.Join(' ', words);
        return line.Length > RowLength ? line[..RowLength] : line;
    }

    /// <summary>Text of any kind, which can be copied without its other formats.</summary>
    public static bool IsText(string type) =>
        type.Split(';')[0].Trim().Equals("text/plain", StringComparison.OrdinalIgnoreCase);

    /// <summary>All of it is here, or comes when it is pasted; sets of files are sent, and not copied again.</summary>
    public static bool CanCopy(HistoryEntry entry) =>
        entry.State is not ("incomplete" or "lost" or "secret") && !IsFiles(entry);

    public static bool IsFiles(HistoryEntry entry) => KindOf(entry) == ClipKinds.Files;
}
