using Toss.Control;

namespace Toss.Ui.History;

/// <summary>A place in the list of History.</summary>
/// <param name="Entry">Null where it was let go: it is asked for again when somebody comes by.</param>
/// <param name="Next">Of the last one of an answer: where the next page begins, as <see cref="HistoryPage.Next"/>. Else null.</param>
public readonly record struct HistoryRow(string Id, DateTimeOffset At, HistoryEntry? Entry, string? Next);
