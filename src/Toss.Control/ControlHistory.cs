namespace Toss.Control;

/// <summary>The common question to history.</summary>
public static class ControlHistory
{
    /// <summary>The newest so many entries that contain this; all, if it is null.</summary>
    public static async Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(
        this IControl control,
        string? query,
        int limit,
        CancellationToken cancellation
    ) => (await control.GetHistoryAsync(new HistoryRequest(query, limit), cancellation)).Entries;
}
