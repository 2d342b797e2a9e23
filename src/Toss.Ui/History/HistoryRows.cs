using Toss.Control;

namespace Toss.Ui.History;

/// <summary>
/// The places of a list, newest first, as far as it was asked for: all of them by their ids, and what stands there for a bounded
/// number of them. Not thread-safe.
/// </summary>
public sealed class HistoryRows
{
    private readonly Dictionary<string, int> _places = [];

    /// <summary>The same collection all the time.</summary>
    public List<HistoryRow> All { get; } = [];

    /// <summary>Where it is; -1 if it is not.</summary>
    public int IndexOf(string? id) => id is null ? -1 : _places.GetValueOrDefault(id, -1);

    /// <summary>Null if it is not there, or was let go.</summary>
    public HistoryEntry? Find(string? id) => IndexOf(id) is >= 0 and var at ? All[at].Entry : null;

    public void Clear()
    {
        All.Clear();
        _places.Clear();
    }

    /// <summary>The page that this row is on.</summary>
    /// <returns>
    /// Its first row, what asks for it (null is the newest), and how many rows it has.
    /// </returns>
    public (int First, string? Before, int Count) PageOf(int place)
    {
        var before = place <= 0 ? -1 : All.FindLastIndex(place - 1, row => row.Next is not null);
        var last = place < All.Count ? All.FindIndex(place, row => row.Next is not null) : -1;
        return (before + 1, before < 0 ? null : All[before].Next, (last < 0 ? All.Count : last + 1) - (before + 1));
    }

    /// <summary>
    /// What stands after that place, as it was answered just now. It takes the place of all rows down to the last one that is in the answer; where none
    /// is, or the answer is the end of it, of all that follow.
    /// </summary>
    /// <param name="before">What was asked with; null is the beginning.</param>
    /// <param name="pages">One after another; none is empty but perhaps the last.</param>
    /// <returns>Whether it is the end of the list now.</returns>
    public bool Splice(string? before, IReadOnlyList<HistoryPage> pages)
    {
        List<HistoryRow> answer = [.. pages.SelectMany(RowsOf)];
        var first = before is null ? 0 : All.FindLastIndex(row => row.Next == before) + 1;
        var end = answer.Select(row => IndexOf(row.Id)).DefaultIfEmpty(-1).Max() + 1;
        var isEnd = pages[^1].Next is null || end <= first || end == All.Count;
        var answered = answer.Select(row => row.Id).ToHashSet();
        List<HistoryRow> rows =
        [
            .. All.Take(first).Where(row => !answered.Contains(row.Id)),
            .. answer,
            .. isEnd ? [] : All.Skip(end),
        ];
        All.Clear();
        All.AddRange(rows);
        if (isEnd && answer.Count > 0)
        {
            // Where more begins is known of the list, not of its last row.
            All[^1] = All[^1] with
            {
                Next = null,
            };
        }
        Place();
        return isEnd;
    }

    /// <summary>More at the end.</summary>
    /// <param name="next">What it was asked with.</param>
    public void Append(string next, IReadOnlyList<HistoryEntry> entries)
    {
        if (All.Count > 0)
        {
            All[^1] = All[^1] with { Next = next };
        }
        All.AddRange(entries.Where(entry => IndexOf(entry.Id) < 0).Select(entry => RowOf(entry, null)));
        Place();
    }

    /// <summary>A new one, where its time is.</summary>
    /// <param name="isWhole">There are no older ones beyond the end.</param>
    /// <returns>False if it belongs beyond the end.</returns>
    public bool Insert(HistoryEntry entry, bool isWhole)
    {
        Remove(entry.Id);
        var at = All.FindIndex(row => row.At <= entry.At);
        if (at < 0 && !isWhole)
        {
            return false;
        }
        All.Insert(at < 0 ? All.Count : at, RowOf(entry, null));
        Place();
        return true;
    }

    public void Remove(string id)
    {
        if (IndexOf(id) is not (>= 0 and var at))
        {
            return;
        }
        if (All[at].Next is { } next && at > 0)
        {
            // The page after it begins where it did.
            All[at - 1] = All[at - 1] with
            {
                Next = All[at - 1].Next ?? next,
            };
        }
        All.RemoveAt(at);
        Place();
    }

    public void Change(string id, Func<HistoryEntry, HistoryEntry> change)
    {
        if (Find(id) is { } entry)
        {
            All[IndexOf(id)] = All[IndexOf(id)] with { Entry = change(entry) };
        }
    }

    /// <summary>Of what was let go nothing is known: it is asked for when it is seen.</summary>
    public void ChangeAll(Func<HistoryEntry, bool> differs, Func<HistoryEntry, HistoryEntry> change)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i].Entry is { } entry && differs(entry))
            {
                All[i] = All[i] with { Entry = change(entry) };
            }
        }
    }

    /// <summary>Keeps what stands from one place to another, and lets everything else go but this one.</summary>
    public void KeepOnly(int first, int last, string? held)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if ((i < first || i > last) && All[i].Entry is not null && All[i].Id != held)
            {
                All[i] = All[i] with { Entry = null };
            }
        }
    }

    private static IEnumerable<HistoryRow> RowsOf(HistoryPage page) =>
        page.Entries.Select((entry, i) => RowOf(entry, i == page.Entries.Count - 1 ? page.Next : null));

    private static HistoryRow RowOf(HistoryEntry entry, string? next) => new(entry.Id, entry.At, entry, next);

    private void Place()
    {
        _places.Clear();
        for (var i = 0; i < All.Count; i++)
        {
            _places[All[i].Id] = i;
        }
    }
}
