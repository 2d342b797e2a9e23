namespace Toss.Control;

/// <summary>The common questions to history, page by page, since one answer does not hold as many as may be asked for.</summary>
public static class ControlHistory
{
    /// <summary>The newest so many entries that contain this; all, if it is null.</summary>
    public static Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(
        this IControl control,
        string? query,
        int limit,
        CancellationToken cancellation
    ) => control.GetAllHistoryAsync(new HistoryRequest(query, limit), cancellation);

    /// <summary>As many entries as this asks for, and as there are.</summary>
    public static async Task<IReadOnlyList<HistoryEntry>> GetAllHistoryAsync(
        this IControl control,
        HistoryRequest request,
        CancellationToken cancellation
    )
    {
        var entries = new List<HistoryEntry>();
        HistoryPage page;
        do
        {
            page = await control.GetHistoryAsync(request, cancellation);
            entries.AddRange(page.Entries);
            request = request with { Limit = request.Limit - page.Entries.Count, Before = page.Next };
        } while (page.Next is not null && request.Limit > 0 && page.Entries.Count > 0);
        return entries;
    }
}
