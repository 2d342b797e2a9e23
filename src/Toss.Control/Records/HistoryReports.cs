using System.Text.Json.Serialization;

namespace Toss.Control;

/// <summary>So many entries, newest first.</summary>
/// <param name="Next">Where the next page begins; null if this is the last.</param>
public sealed record HistoryPage(IReadOnlyList<HistoryEntry> Entries, string? Next);

/// <summary>`toss show --json`: an entry and its formats.</summary>
public sealed record ClipReport(HistoryEntry Entry, IReadOnlyList<FormatReport> Formats)
{
    /// <summary>Of a set of files, and of nothing else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FilesReport? Files { get; init; }
}

/// <summary>What is known of a set of files before it is here.</summary>
/// <param name="Sent">By hand, into a folder; else copied, for a paste.</param>
/// <param name="Names">At the top of the set; the first 32.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="Skipped">Links, devices and what could not be read: left out.</param>
public sealed record FilesReport(
    bool Sent,
    IReadOnlyList<string> Names,
    int Files,
    int Folders,
    long Bytes,
    int Skipped
);

/// <summary>One format of a copy.</summary>
/// <param name="Number">By which it is asked for.</param>
/// <param name="Size">Bytes of the content itself.</param>
public sealed record FormatReport(int Number, string MediaType, long Size);

/// <summary>One format of a copy, from an offset to its end; the caller disposes the stream.</summary>
/// <param name="Size">Of the whole format, whatever the offset.</param>
public sealed record FormatContent(string MediaType, long Size, Stream Content);

/// <summary>`toss storage --json`. Sizes in bytes.</summary>
/// <param name="ContentBytes">What was copied, as it was copied: this is what `history-size` counts.</param>
/// <param name="DatabaseBytes">The file with small content.</param>
/// <param name="BlobBytes">The files with large content.</param>
public sealed record StorageReport(
    int Clips,
    long ContentBytes,
    long DatabaseBytes,
    long BlobBytes,
    long MostClips,
    long MostContentBytes,
    int MostDays
)
{
    /// <summary>Of <see cref="Clips"/>: pinned.</summary>
    public int Pinned { get; init; }

    /// <summary>Of <see cref="ContentBytes"/>.</summary>
    public long PinnedBytes { get; init; }

    /// <summary>Beside them: deleted, and still to be put back for ten minutes.</summary>
    public int Deleted { get; init; }
}

/// <summary>What became of `toss delete` and `toss clear`.</summary>
/// <param name="Clips">Deleted from this device's history.</param>
/// <param name="Devices">Others that are told to delete them too: those that are away, when they are back.</param>
/// <param name="UndoUntil">Until then `toss undo` puts them back; null if it cannot.</param>
public sealed record DeleteReport(int Clips, int Devices, DateTimeOffset? UndoUntil);

/// <summary>What became of `toss undo`.</summary>
/// <param name="Clips">In history again.</param>
public sealed record UndoReport(int Clips);

/// <summary>`toss renew-keys --json`.</summary>
/// <param name="Devices">With which the next message begins new keys.</param>
public sealed record RenewReport(int Devices);

/// <summary>`toss about --json`: this program, and where it keeps things.</summary>
/// <param name="Folder">The database and large content, encrypted.</param>
/// <param name="Log">The agent's log file.</param>
public sealed record AboutReport(
    string Version,
    string Runtime,
    string System,
    string? Folder,
    string? Log,
    string License
)
{
    /// <summary>What of others is in it, and under which licence.</summary>
    public IReadOnlyList<PartReport> Parts { get; init; } = [];
}

/// <param name="License">An identifier of SPDX.</param>
public sealed record PartReport(string Name, string License);
