using Toss.Control;
using Toss.Ui.Shell;
using Toss.Ui.Texts;

namespace Toss.Ui.Settings;

/// <summary>Why a backup was not made, or not taken, and what to do then.</summary>
internal static class BackupWords
{
    /// <summary>Null if it was made.</summary>
    public static string? OfExport(Words words, Order exporting) =>
        exporting.FailureCode switch
        {
            BackupTransfer.Broken => words["backup.export-broken"],
            BackupTransfer.NoPlace => words["backup.export-no-place"],
            BackupTransfer.NotWhole => words["backup.export-not-whole"],
            ControlErrors.UpdateNeeded => words["backup.page-old"],
            _ => exporting.Failure,
        };

    /// <summary>Null if it was taken.</summary>
    public static string? OfImport(Words words, Order importing) =>
        importing.FailureCode switch
        {
            BackupTransfer.Broken => words["backup.import-broken"],
            BackupTransfer.Unreadable => words["backup.import-unreadable"],
            ControlErrors.Storage => words["backup.import-storage"],
            ControlErrors.HistoryLocked => words["backup.import-locked"],
            ControlErrors.UpdateNeeded => words["backup.page-old"],
            _ => importing.Failure,
        };
}
