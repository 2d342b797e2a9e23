using Toss.Control;

namespace Toss.Ui.History;

/// <summary>What somebody wants to see of history; what is null or empty asks nothing.</summary>
/// <param name="Query">Words, as <see cref="HistoryRequest"/> has them.</param>
/// <param name="Type">`text`, `url`, `picture`, `other`.</param>
/// <param name="Device">The id of the one where it was copied.</param>
/// <param name="Days">Of so many days; 0 is of today.</param>
public sealed record HistoryWish(
    string Query = "",
    string? Type = null,
    string? Device = null,
    int? Days = null,
    bool Pinned = false,
    string? Tag = null
)
{
    /// <summary>Everything there is.</summary>
    public static HistoryWish All { get; } = new();

    public bool IsAll => this with { Query = Query.Trim() } == All;

    /// <param name="before">As <see cref="HistoryPage.Next"/>; null begins with the newest.</param>
    public HistoryRequest ToRequest(int limit, string? before, TimeProvider time) =>
        new(
            Query.Trim().Length == 0 ? null : Query,
            limit,
            Type,
            Device,
            Days is { } days ? Midnight(time).AddDays(-days) : null,
            null,
            before,
            Pinned,
            Tag
        );

    private static DateTimeOffset Midnight(TimeProvider time)
    {
        var now = time.GetLocalNow();
        return new DateTimeOffset(now.Date, now.Offset);
    }
}
