using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Ui.History;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>The list of History: what it asks of the agent, and what events change of it.</summary>
public sealed class HistoryListTests : IDisposable
{
    private readonly PlayedAgent _agent = new();
    private readonly FakeTimeProvider _time = new(Samples.Now);
    private readonly HistoryList _list;

    public HistoryListTests() => _list = new HistoryList(_agent, _time);

    public void Dispose() => _list.Dispose();

    [Fact]
    public async Task It_begins_with_the_newest_and_goes_down_page_by_page()
    {
        Fill(450);
        await _list.AskAsync(HistoryWish.All);
        Assert.Equal(HistoryList.PageSize, _list.Entries.Count);
        Assert.True(_list.HasMore);
        await _list.MoreAsync();
        await _list.MoreAsync();
        Assert.Equal(450, _list.Entries.Count);
        Assert.False(_list.HasMore);
        await _list.MoreAsync();
        Assert.Equal(["history 200", "history 200 before=c199", "history 200 before=c399"], _agent.Calls);
        Assert.Equal(Enumerable.Range(0, 450).Select(Id), _list.Entries.Select(entry => entry.Id));
        Assert.Equal(399, _list.IndexOf("c399"));
        Assert.Equal(-1, _list.IndexOf("elsewhere"));
    }

    [Fact]
    public async Task Keys_in_a_row_ask_once()
    {
        Fill(3);
        var asked = new[] { "h", "he", "hel" }
            .Select(query => _list.AskAsync(new HistoryWish(query), isTyped: true))
            .ToList();
        Assert.Empty(_agent.Calls);
        _time.Advance(HistoryList.Typing);
        await Task.WhenAll(asked);
        Assert.Equal(["history 200 query=hel"], _agent.Calls);
        Assert.True(_list.HasAnswer);
        Assert.False(_list.IsAsking);
    }

    [Fact]
    public async Task A_later_question_overtakes_an_earlier_one()
    {
        Fill(3);
        _agent.HoldHistory = new TaskCompletionSource();
        var first = _list.AskAsync(new HistoryWish("slow"));
        var hold = _agent.HoldHistory;
        _agent.HoldHistory = null;
        _agent.Found = _ => [Entry(7)];
        await _list.AskAsync(new HistoryWish("fast"));
        hold.SetResult();
        await first;
        Assert.Equal(["c7"], _list.Entries.Select(entry => entry.Id));
        Assert.Equal("fast", _list.Wish.Query);
    }

    [Fact]
    public async Task All_wishes_are_asked_of_the_agent()
    {
        await _list.AskAsync(new HistoryWish(" a b ", "text", "ID-B", 7, true, "work"));
        await _list.AskAsync(new HistoryWish("  ", Days: 0));
        Assert.Equal(
            [
                "history 200 query= a b  type=text device=ID-B since=2026-02-25 pinned=True tag=work",
                "history 200 since=2026-03-04",
            ],
            _agent.Calls
        );
        Assert.True(new HistoryWish("  ").IsAll);
        Assert.False(new HistoryWish(Pinned: true).IsAll);
    }

    [Fact]
    public async Task What_is_copied_stands_at_the_top_at_once()
    {
        Fill(2);
        await _list.AskAsync(HistoryWish.All);
        var copied = Samples.Text with { Id = "new", At = Samples.Now.AddMinutes(1), HoldsClipboard = true };
        _list.Hear(new ClipRecorded(copied));
        _list.Hear(new ClipRecorded(copied));
        Assert.Equal(["new", "c0", "c1"], _list.Entries.Select(entry => entry.Id));
        Assert.Equal(["new"], _list.Entries.Where(entry => entry.HoldsClipboard).Select(entry => entry.Id));
        // One that came late stands where it belongs.
        _list.Hear(new ClipRecorded(Entry(0) with { Id = "late", At = Samples.Now.AddSeconds(-1) }));
        Assert.Equal(["new", "c0", "late", "c1"], _list.Entries.Select(entry => entry.Id));
        Assert.Equal(2, _list.IndexOf("late"));
        Assert.Equal(["history 200"], _agent.Calls);
    }

    [Fact]
    public async Task What_happens_to_an_entry_is_seen_at_once()
    {
        Fill(3);
        await _list.AskAsync(HistoryWish.All);
        _list.Hear(new ClipErased("c1"));
        _list.Hear(new ClipMarked("c2", true, ["work"]));
        _list.Hear(new ClipStateChanged("c0", "lost"));
        _list.Hear(new CurrentChanged(Entry(2)));
        _list.Hear(new DeviceChanged(Samples.Laptop with { Name = "desk" }, ["name"]));
        _list.Hear(new DeviceChanged(Samples.Phone with { Name = "else" }, ["name"]));
        Assert.Equal(["c0", "c2"], _list.Entries.Select(entry => entry.Id));
        Assert.Equal("lost", _list.Entries[0].State);
        Assert.True(_list.Entries[1] is { Pinned: true, HoldsClipboard: true, Tags: ["work"] });
        Assert.False(_list.Entries[0].HoldsClipboard);
        Assert.All(_list.Entries, entry => Assert.Equal("desk", entry.Origin.Name));
        Assert.Single(_agent.Calls);
    }

    /// <summary>Which entries pass it, the agent knows.</summary>
    [Fact]
    public async Task With_wishes_it_asks_again_after_what_happened()
    {
        Fill(3);
        await _list.AskAsync(new HistoryWish(Pinned: true));
        _agent.History.Clear();
        _list.Hear(new ClipMarked("c1", false, []));
        Assert.Empty(_list.Entries);
        Fill(1);
        _list.Hear(new ClipRecorded(Entry(0)));
        Assert.Single(_list.Entries);
        _list.Hear(new HistoryChanged("restored"));
        Assert.Equal(4, _agent.Calls.Count);
    }

    [Fact]
    public async Task Asked_again_it_is_as_long_as_it_was()
    {
        Fill(700);
        await _list.AskAsync(HistoryWish.All);
        await _list.MoreAsync();
        await _list.MoreAsync();
        _agent.Calls.Clear();
        _list.Hear(new HistoryChanged("deliveries"));
        _list.Hear(new HistoryChanged("deleted"));
        Assert.Equal(["history 500", "history 100 before=c499"], _agent.Calls);
        Assert.Equal(600, _list.Entries.Count);
        Assert.True(_list.HasMore);
    }

    [Fact]
    public async Task What_happens_while_it_asks_is_not_lost()
    {
        Fill(2);
        await _list.AskAsync(HistoryWish.All);
        _agent.HoldHistory = new TaskCompletionSource();
        var again = _list.AskAgainAsync();
        _list.Hear(new ClipErased("c1"));
        // The answer under way still has it; the one after it does not.
        var hold = _agent.HoldHistory;
        _agent.HoldHistory = null;
        _agent.Found = _ => _agent.Calls.Count <= 2 ? [Entry(0), Entry(1)] : [Entry(0)];
        hold.SetResult();
        await again;
        Assert.Equal(["c0"], _list.Entries.Select(entry => entry.Id));
        Assert.Equal(3, _agent.Calls.Count);
    }

    [Fact]
    public async Task Why_there_is_no_answer_is_kept_until_there_is_one()
    {
        _agent.Fail = new ControlException(ControlErrors.HistoryLocked, "locked");
        await _list.AskAsync(HistoryWish.All);
        Assert.Equal(ControlErrors.HistoryLocked, _list.FailureCode);
        Assert.False(_list.HasAnswer);
        _agent.Fail = null;
        await _list.AskAgainAsync();
        Assert.Null(_list.FailureCode);
        Assert.True(_list.HasAnswer);
    }

    internal static string Id(int number) => $"c{number}";

    internal static HistoryEntry Entry(int number) =>
        Samples.Text with
        {
            Id = Id(number),
            At = Samples.Now.AddMinutes(-number),
            Preview = $"copy {number}",
            HoldsClipboard = number == 0,
        };

    private void Fill(int count) => _agent.History.AddRange(Enumerable.Range(0, count).Select(Entry));
}
