using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Agent.Histories;

/// <summary>What a search finds, and how long what it looks through stays in memory.</summary>
public sealed class HistorySearchTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly List<string> _asked = [];
    private LoneAgent _agent = null!;

    private IControl Control => _agent.Control;

    public async ValueTask InitializeAsync() =>
        _agent = await LoneAgent.StartAsync(
            1,
            _time,
            (call, _, goOn) =>
            {
                _asked.Add(call);
                return goOn();
            }
        );

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Theory]
    [InlineData("NEEDLE", "a needle in hay")]
    [InlineData("strasse", "Die STRAßE 1")]
    [InlineData("straße", "Die STRAßE 1")]
    [InlineData("apfel", "rote Äpfel")]
    [InlineData("äPFel rot", "rote Äpfel")]
    [InlineData("rot birne")]
    [InlineData("日本", "今日は日本")]
    [InlineData("ΑΣΤΕΡΙΑΣ", "αστερίας")]
    [InlineData("device 1 hay", "a needle in hay")]
    [InlineData("nowhere")]
    [InlineData("<b>")]
    public async Task Words_are_found_whatever_their_case_and_accents(string query, params string[] expected)
    {
        foreach (var text in new[] { "a needle in hay", "Die STRAßE 1", "rote Äpfel", "今日は日本", "αστερίας" })
        {
            await CopyAsync(text);
        }
        await Control.CopyAsync(MediaTypes.Html, Bytes("<b>markup is not searched</b>"), false, default);
        Assert.Equal(expected, await FindAsync(new HistoryRequest(query, 9)));
    }

    [Fact]
    public async Task Each_is_found_once_and_in_order_page_by_page()
    {
        for (var i = 0; i < 230; i++)
        {
            await CopyAsync(i % 2 == 0 ? $"even {i}" : $"odd {i}");
        }
        var found = new List<string>();
        string? place = null;
        do
        {
            var page = await Control.GetHistoryAsync(new HistoryRequest("EVEN", 20, Before: place), default);
            found.AddRange(page.Entries.Select(entry => entry.Preview));
            place = page.Next;
        } while (place is not null);
        Assert.Equal(Enumerable.Range(0, 115).Select(i => $"even {228 - (2 * i)}"), found);
    }

    [Fact]
    public async Task What_happens_while_somebody_searches_is_found_or_not_any_more()
    {
        var first = await CopyAsync("word one");
        Assert.Equal(["word one"], await FindAsync(new HistoryRequest("word", 9)));
        var second = await CopyAsync("word two");
        Assert.Equal(["word two", "word one"], await FindAsync(new HistoryRequest("word", 9)));
        await Control.DeleteAsync(new DeleteRequest([first]), default);
        Assert.Equal(["word two"], await FindAsync(new HistoryRequest("word", 9)));
        await Control.UndoDeleteAsync(default);
        Assert.Equal(["word two", "word one"], await FindAsync(new HistoryRequest("word", 9)));
        await Control.MarkClipAsync(new MarkRequest(second, Add: ["schön"]), default);
        Assert.Equal(["word two"], await FindAsync(new HistoryRequest("SCHON wor", 9)));
        await Control.MarkClipAsync(new MarkRequest(second, Remove: ["schön"]), default);
        Assert.Empty(await FindAsync(new HistoryRequest("schön", 9)));
        await Control.DeleteAsync(new DeleteRequest([second], Everywhere: true), default);
        await Control.ClearHistoryAsync(default);
        Assert.Empty(await FindAsync(new HistoryRequest("word", 9)));
    }

    [Fact]
    public async Task Previews_are_opened_once_and_forgotten_a_minute_after_the_last_key()
    {
        for (var i = 0; i < 10; i++)
        {
            await CopyAsync($"text {i}");
        }
        Assert.Equal(0, await CountAsync());
        await FindAsync(new HistoryRequest(null, 9));
        Assert.Equal(0, await CountAsync());
        foreach (var key in new[] { "t", "te", "tex", "text", "text 7" })
        {
            Assert.NotEmpty(await FindAsync(new HistoryRequest(key, 9)));
            _time.Advance(TimeSpan.FromSeconds(50));
        }
        Assert.Equal(10, await CountAsync());
        Assert.Single(_asked, nameof(IAgentStore.ReadPreviewsAsync));

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(10, await CountAsync());
        _time.Advance(TimeSpan.FromSeconds(2));
        await TestPairing.Until(async () => await CountAsync() == 0, "what was searched to be forgotten");
        Assert.True(_agent.Agent.BytesFreed > 0);
        await FindAsync(new HistoryRequest("text", 9));
        Assert.Equal(2, _asked.Count(call => call == nameof(IAgentStore.ReadPreviewsAsync)));
    }

    [Fact]
    public async Task A_page_asks_for_deliveries_once()
    {
        for (var i = 0; i < 30; i++)
        {
            await CopyAsync($"text {i}");
        }
        foreach (var query in new[] { null, "text" })
        {
            await _agent.AskAsync(() => _asked.RemoveAll(_ => true));
            await FindAsync(new HistoryRequest(query, 25));
            var asked = await _agent.AskAsync(() => _asked.ToList());
            Assert.Single(asked, nameof(IAgentStore.DeliveriesOfClipsAsync));
            Assert.DoesNotContain(nameof(IAgentStore.DeliveriesOfClipAsync), asked);
        }
    }

    private Task<int> CountAsync() => _agent.AskAsync(() => _agent.Agent.Search.Count);

    private async Task<List<string>> FindAsync(HistoryRequest request) =>
        [.. (await Control.GetHistoryAsync(request, default)).Entries.Select(entry => entry.Preview)];

    private async Task<string> CopyAsync(string text) =>
        (await Control.CopyAsync(MediaTypes.Text, Bytes(text), false, default)).Clip!;

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
