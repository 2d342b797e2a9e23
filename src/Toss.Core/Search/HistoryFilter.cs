using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Core.Search;

/// <summary>What a question to history asks beside words and times; what is null asks nothing.</summary>
/// <param name="From">Whether it may be of this origin.</param>
public sealed record HistoryFilter(ClipKind? Kind, Func<DeviceId, bool>? From, bool Pinned, string? Tag)
{
    public static readonly HistoryFilter None = new(null, null, false, null);

    /// <summary>Only what somebody marked passes.</summary>
    public bool AsksForMarks => Pinned || Tag is not null;

    public bool Passes(ClipKind kind, DeviceId origin, ClipMark mark) =>
        (Kind is null || kind == Kind)
        && (!Pinned || mark.Pinned)
        && (Tag is null || mark.Has(Tag))
        && (From is null || From(origin));
}
