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
        Assert.Equal(HistoryList.PageSize, _list.Rows.Count);
        Assert.True(_list.HasMore);
        await _list.MoreAsync();
        await _list.MoreAsync();
        Assert.Equal(450, _list.Rows.Count);
        Assert.False(_list.HasMore);
        await _list.MoreAsync();
        Assert.Equal(["history 200", "history 200 before=c199", "history 200 before=c399"], _agent.Calls);
        Assert.Equal(Enumerable.Range(0, 450).Select(Id), _list.Rows.Select(row => row.Id));
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
        Assert.Equal(["c7"], _list.Rows.Select(row => row.Id));
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
        Assert.Equal(["new", "c0", "c1"], _list.Rows.Select(row => row.Id));
        Assert.Equal(["new"], Entries().Where(entry => entry.HoldsClipboard).Select(entry => entry.Id));
        // One that came late stands where it belongs.
        _list.Hear(new ClipRecorded(Entry(0) with { Id = "late", At = Samples.Now.AddSeconds(-1) }));
        Assert.Equal(["new", "c0", "late", "c1"], _list.Rows.Select(row => row.Id));
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
        Assert.Equal(["c0", "c2"], _list.Rows.Select(row => row.Id));
        Assert.Equal("lost", Entries()[0].State);
        Assert.True(Entries()[1] is { Pinned: true, HoldsClipboard: true, Tags: ["work"] });
        Assert.False(Entries()[0].HoldsClipboard);
        Assert.All(Entries(), entry => Assert.Equal("desk", entry.Origin.Name));
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
        Assert.Empty(_list.Rows);
        Fill(1);
        _list.Hear(new ClipRecorded(Entry(0)));
        Assert.Single(_list.Rows);
        _list.Hear(new HistoryChanged("restored"));
        Assert.Equal(4, _agent.Calls.Count);
    }

    /// <summary>Of a long list the rest is renewed when somebody comes by.</summary>
    [Fact]
    public async Task Asked_again_only_what_is_seen_is_asked_for_and_it_stays_as_long_as_it_was()
    {
        Fill(700);
        await _list.AskAsync(HistoryWish.All);
        await _list.MoreAsync();
        await _list.MoreAsync();
        _agent.Calls.Clear();
        _list.Hear(new HistoryChanged("deliveries"));
        _list.Hear(new HistoryChanged("deleted"));
        Assert.Equal(["history 200"], _agent.Calls);
        Assert.Equal(Enumerable.Range(0, 600).Select(Id), _list.Rows.Select(row => row.Id));
        Assert.True(_list.HasMore);
        Assert.Equal(200, Entries().Count);
        _agent.Calls.Clear();
        _list.See(300);
        Assert.Equal(["history 200 before=c199"], _agent.Calls);
        Assert.Equal("copy 300", _list.Rows[300].Entry!.Preview);
        Assert.Null(_list.Rows[400].Entry);
        _agent.Calls.Clear();
        _list.Hear(new HistoryChanged("deleted"));
        Assert.Equal(["history 200 before=c199"], _agent.Calls);
        Assert.Null(_list.Rows[0].Entry);
    }

    /// <summary>Every row that is drawn near the end tells so, and is drawn again while older ones are on their way.</summary>
    [Fact]
    public async Task However_many_see_the_end_one_page_comes()
    {
        Fill(700);
        await _list.AskAsync(HistoryWish.All);
        _agent.HoldHistory = new TaskCompletionSource();
        _list.See(150);
        _list.See(199);
        _agent.HoldHistory.SetResult();
        Assert.Equal(["history 200", "history 200 before=c199"], _agent.Calls);
        Assert.Equal(400, _list.Rows.Count);
    }

    [Fact]
    public async Task Of_a_long_list_what_is_near_is_kept_and_what_is_shown_beside_it()
    {
        Fill(3000);
        await _list.AskAsync(HistoryWish.All);
        _list.Held = "c7";
        while (_list.HasMore)
        {
            _list.See(_list.Rows.Count - 1);
            Assert.InRange(Entries().Count, 1, HistoryList.Kept + 1);
        }
        Assert.Equal(Enumerable.Range(0, 3000).Select(Id), _list.Rows.Select(row => row.Id));
        Assert.NotNull(_list.Find("c7"));
        Assert.Null(_list.Find("c8"));
        Assert.Equal(7, _list.IndexOf("c7"));
        _list.See(8);
        Assert.NotNull(_list.Find("c8"));
        Assert.Null(_list.Find("c2999"));
    }

    /// <summary>Whatever happened meanwhile: who goes through it sees what is there, each once and in its order.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Gone_through_again_it_is_what_the_agent_has(int seed)
    {
        var random = new Random(seed);
        Fill(2000);
        await _list.AskAsync(HistoryWish.All);
        for (var round = 0; round < 30; round++)
        {
            _list.See(random.Next(_list.Rows.Count));
            _list.See(_list.Rows.Count - 1);
            var at = random.Next(_agent.History.Count);
            var count = Math.Min(random.Next(1, 150), _agent.History.Count - at);
            if (random.Next(2) == 0)
            {
                _agent.History.RemoveRange(at, count);
            }
            else
            {
                // Put back: between those that were there all the time.
                var gone = Enumerable
                    .Range(0, 2000)
                    .Select(Entry)
                    .ExceptBy(_agent.History.Select(e => e.Id), e => e.Id);
                _agent.History.AddRange(gone.ToList());
                _agent.History.Sort((one, other) => other.At.CompareTo(one.At));
            }
            _list.See(random.Next(_list.Rows.Count));
            _list.Hear(new HistoryChanged("deleted"));
        }
        for (var place = 0; place < _list.Rows.Count; place++)
        {
            _list.See(place);
            Assert.NotNull(_list.Rows[Math.Min(place, _list.Rows.Count - 1)].Entry);
        }
        Assert.False(_list.HasMore);
        Assert.Equal(_agent.History.Select(entry => entry.Id), _list.Rows.Select(row => row.Id));
    }

    [Fact]
    public async Task What_is_shown_beside_the_list_is_renewed_wherever_it_stands()
    {
        Fill(450);
        await _list.AskAsync(HistoryWish.All);
        await _list.MoreAsync();
        await _list.MoreAsync();
        _list.Held = "c3";
        _agent.Clip = new ClipReport(Entry(3) with { Pinned = true }, []);
        _list.See(430);
        _list.Hear(new HistoryChanged("deleted"));
        Assert.Contains("show c3", _agent.Calls);
        Assert.True(_list.Find("c3")!.Pinned);
        _agent.Clip = null;
        _list.Hear(new HistoryChanged("deleted"));
        Assert.Equal(-1, _list.IndexOf("c3"));
    }

    [Fact]
    public async Task A_part_that_fails_leaves_the_rest_and_is_asked_for_again_by_hand()
    {
        Fill(450);
        await _list.AskAsync(HistoryWish.All);
        _agent.Fail = new ControlException(ControlErrors.Storage, "broken");
        await _list.MoreAsync();
        Assert.Null(_list.FailureCode);
        Assert.Equal(ControlErrors.Storage, _list.PartFailureCode);
        Assert.Equal(200, Entries().Count);
        _agent.Calls.Clear();
        _list.See(199);
        Assert.Empty(_agent.Calls);
        _agent.Fail = null;
        await _list.TryAgainAsync();
        Assert.Null(_list.PartFailureCode);
        Assert.Equal(400, Entries().Count);
        // Renewed in vain it is what it was.
        _agent.Fail = new ControlException(ControlErrors.Storage, "broken");
        await _list.AskAgainAsync();
        Assert.Equal(400, Entries().Count);
        Assert.Equal(ControlErrors.Storage, _list.PartFailureCode);
        _agent.Fail = null;
        _list.Hear(new HistoryChanged("deleted"));
        Assert.Null(_list.PartFailureCode);
        // And what was let go says where it stands that it did not come.
        _agent.Fail = new ControlException(ControlErrors.Storage, "broken");
        _list.See(300);
        Assert.Equal(ControlErrors.Storage, _list.PartFailureCode);
        Assert.Null(_list.Rows[300].Entry);
        _agent.Fail = null;
        await _list.TryAgainAsync();
        Assert.Equal("copy 300", _list.Rows[300].Entry!.Preview);
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
        Assert.Equal(["c0"], _list.Rows.Select(row => row.Id));
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

    /// <summary>Those that were not let go.</summary>
    private List<HistoryEntry> Entries() => [.. _list.Rows.Select(row => row.Entry).OfType<HistoryEntry>()];

    private void Fill(int count) => _agent.History.AddRange(Enumerable.Range(0, count).Select(Entry));
}
