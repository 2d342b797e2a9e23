using Toss.Core.Ports;

namespace Toss.Storage.Rows;

/// <summary>What to say about a row that is not what we wrote.</summary>
internal static class DamagedRow
{
    /// <param name="column">`table` or `table.column`.</param>
    public static StoreException Of(string column)
    {
        var table = column.Split('.')[0];
        return new StoreException(
            StoreFailure.Damaged,
            $"A row of the table '{table}' in this device's database is damaged. {Advice(table)}"
        );
    }

    private static string Advice(string table) =>
        table switch
        {
            "clip" or "clip_blob" => "The clip cannot be read; delete it from the history.",
            "session" or "session_id" => "Drop the sessions with that device: the next message starts a new one.",
            "delivery" or "received" => "Check the disk; the clip can be copied again.",
            _ =>
                "Check the disk, restore the data directory from a backup, or move it away and pair this device again.",
        };
}
