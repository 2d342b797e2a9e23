using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Histories;

/// <summary>Deleting, undoing, pinning, tagging: on one device, by what its control API says.</summary>
public sealed class DeletionTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private LoneAgent _agent = null!;

    private IControl Control => _agent.Control;

    public async ValueTask InitializeAsync() => _agent = await LoneAgent.StartAsync(1, _time);

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Fact]
    public async Task What_is_deleted_is_told_and_can_be_put_back_for_ten_minutes()
    {
        var id = await CopyLargeAsync();
        await CopyAsync("stays");
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();

        var report = await Control.DeleteAsync(new DeleteRequest([id]), default);
        Assert.Equal(new DeleteReport(1, 0, _time.GetUtcNow().AddMinutes(10)), report);
        Assert.Equal(id, (await events.NextAsync<ClipErased>()).Id);
        Assert.Equal(["stays"], await PreviewsAsync());
        Assert.Equal(
            ControlErrors.NoSuchClip,
            await RefusalAsync(() => Control.DeleteAsync(new DeleteRequest([id]), default))
        );
        Assert.Single(_agent.Blobs.Ids);
        Assert.Equal(1, (await Control.GetStorageAsync(default)).Deleted);

        _time.Advance(TimeSpan.FromMinutes(9.9));
        Assert.Equal(1, (await Control.UndoDeleteAsync(default)).Clips);
        Assert.Equal("restored", (await events.NextAsync<HistoryChanged>()).Reason);
        Assert.Equal(["stays", "[image/png]"], await PreviewsAsync());
        Assert.Equal(500_000, (await ReadAsync(id)).Length);
        Assert.Equal(ControlErrors.Empty, await RefusalAsync(() => Control.UndoDeleteAsync(default)));
    }

    [Fact]
    public async Task After_ten_minutes_it_is_gone_with_its_files()
    {
        var id = await CopyLargeAsync();
        await Control.DeleteAsync(new DeleteRequest([id]), default);
        _time.Advance(TimeSpan.FromMinutes(10.1));
        Assert.Equal(ControlErrors.Empty, await RefusalAsync(() => Control.UndoDeleteAsync(default)));
        await TestPairing.Until(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                return (await Control.GetStorageAsync(default)) is { Deleted: 0, BlobBytes: 0 };
            },
            "what was deleted to be erased"
        );
        Assert.True(await _agent.OnAsync(() => _agent.Store.IsDeletedAsync(Id(id), default)));
    }

    [Fact]
    public async Task All_but_what_is_pinned_is_cleared_and_comes_back()
    {
        var pinned = await CopyAsync("pinned");
        await CopyAsync("one");
        await CopyAsync("two");
        await Control.MarkClipAsync(new MarkRequest(pinned, Pinned: true), default);
        Assert.Equal(2, (await Control.ClearHistoryAsync(default)).Clips);
        Assert.Equal(["pinned"], await PreviewsAsync());
        Assert.Equal(2, (await Control.UndoDeleteAsync(default)).Clips);
        Assert.Equal(["two", "one", "pinned"], await PreviewsAsync());
    }

    [Fact]
    public async Task Nothing_is_deleted_if_one_is_not_found_and_several_are_one_deletion()
    {
        var ids = new[] { await CopyAsync("one"), await CopyAsync("two"), await CopyAsync("three") };
        Assert.Equal(
            ControlErrors.NoSuchClip,
            await RefusalAsync(() => Control.DeleteAsync(new DeleteRequest([ids[0], "ZZZZ"]), default))
        );
        Assert.Equal(3, (await PreviewsAsync()).Count);
        Assert.Equal(
            ControlErrors.InvalidArgument,
            await RefusalAsync(() => Control.DeleteAsync(new DeleteRequest([]), default))
        );
        Assert.Equal(2, (await Control.DeleteAsync(new DeleteRequest([ids[0], ids[1], ids[0]]), default)).Clips);
        Assert.Equal(2, (await Control.UndoDeleteAsync(default)).Clips);
    }

    [Fact]
    public async Task Pins_and_tags_are_shown_told_filtered_and_bounded()
    {
        var one = await CopyAsync("one");
        var two = await CopyAsync("two");
        await CopyAsync("three");
        await using var events = new WatchedEvents(Control);
        await events.NextAsync<AgentSnapshot>();
        var entry = await Control.MarkClipAsync(new MarkRequest(one, Pinned: true, Add: ["Work", "home"]), default);
        Assert.Equal((true, "Work home"), (entry.Pinned, string.Join(' ', entry.Tags)));
        var told = await events.NextAsync<ClipMarked>();
        Assert.Equal((one, true, "Work home"), (told.Id, told.Pinned, string.Join(' ', told.Tags)));
        await Control.MarkClipAsync(new MarkRequest(two, Add: ["work", "WORK"]), default);

        Assert.Equal(["two", "one"], await PreviewsAsync(new HistoryRequest(null, 9, Tag: "work")));
        Assert.Equal(["one"], await PreviewsAsync(new HistoryRequest(null, 9, Pinned: true)));
        Assert.Equal(["one"], await PreviewsAsync(new HistoryRequest(null, 9, Pinned: true, Tag: "HOME")));
        Assert.Equal(["one"], await PreviewsAsync(new HistoryRequest("one", 9, Tag: "work")));
        Assert.Equal(["two", "one"], await PreviewsAsync(new HistoryRequest("work", 9)));
        Assert.Empty(await PreviewsAsync(new HistoryRequest(null, 9, Tag: "wor")));

        entry = await Control.MarkClipAsync(new MarkRequest(one, Pinned: false, Remove: ["WORK", "none"]), default);
        Assert.Equal((false, "home"), (entry.Pinned, string.Join(' ', entry.Tags)));
        Assert.Equal("home", Assert.Single((await Control.GetClipAsync(one, default)).Entry.Tags));

        foreach (var wrong in new[] { "", " x", "a,b", "a\nb", "\u202Ex", new string('x', 33) })
        {
            Assert.Equal(
                ControlErrors.InvalidArgument,
                await RefusalAsync(() => Control.MarkClipAsync(new MarkRequest(one, Add: [wrong]), default))
            );
        }
        await Control.MarkClipAsync(
            new MarkRequest(two, Add: [.. Enumerable.Range(0, 15).Select(i => $"t{i}")]),
            default
        );
        Assert.Equal(
            ControlErrors.InvalidArgument,
            await RefusalAsync(() => Control.MarkClipAsync(new MarkRequest(two, Add: ["one more"]), default))
        );
    }

    [Fact]
    public async Task Pins_take_half_of_history_at_most_and_outlive_its_days()
    {
        await Control.SetConfigAsync("history-clips", "4", default);
        var ids = new[] { await CopyAsync("one"), await CopyAsync("two"), await CopyAsync("three") };
        await Control.MarkClipAsync(new MarkRequest(ids[0], Pinned: true), default);
        await Control.MarkClipAsync(new MarkRequest(ids[1], Pinned: true), default);
        Assert.Equal(
            ControlErrors.NoRoom,
            await RefusalAsync(() => Control.MarkClipAsync(new MarkRequest(ids[2], Pinned: true), default))
        );
        // What is pinned already may be tagged.
        await Control.MarkClipAsync(new MarkRequest(ids[1], Pinned: true, Add: ["tag"]), default);
        Assert.Equal((2, 6L), await PinnedAsync());

        _time.Advance(TimeSpan.FromDays(91));
        await _agent.HousekeepAsync();
        Assert.Equal(["two", "one"], await PreviewsAsync());
    }

    /// <summary>Older copies make room for a large one, but not in vain: what is pinned makes none.</summary>
    [Fact]
    public async Task What_finds_no_place_beside_pins_takes_nobody_elses()
    {
        await Control.SetConfigAsync("history-size", "1", default);
        var pinned = await CopyLargeAsync();
        await Control.MarkClipAsync(new MarkRequest(pinned, Pinned: true), default);
        await CopyAsync("small");
        await Control.CopyAsync(MediaTypes.Png, new MemoryStream(TestContent.Noise(700_000)), false, default);
        Assert.Contains("small", await PreviewsAsync());
        _time.Advance(TimeSpan.FromHours(2));
        await _agent.HousekeepAsync();
        Assert.Equal(["small", "[image/png]"], await PreviewsAsync());
        Assert.Equal((1, 500_000L), await PinnedAsync());
    }

    [Fact]
    public async Task Pictures_are_kept_for_fewer_days_if_somebody_wants_that()
    {
        await CopyLargeAsync();
        await CopyAsync("text");
        await Control.SetConfigAsync("history-days-picture", "7", default);
        Assert.Equal(
            ControlErrors.InvalidConfig,
            await RefusalAsync(() => Control.SetConfigAsync("history-days-url", "-1", default))
        );
        _time.Advance(TimeSpan.FromDays(6));
        await _agent.HousekeepAsync();
        Assert.Equal(2, (await PreviewsAsync()).Count);
        _time.Advance(TimeSpan.FromDays(2));
        await _agent.HousekeepAsync();
        Assert.Equal(["text"], await PreviewsAsync());
        Assert.Empty(_agent.Blobs.Ids);
    }

    private async Task<(int, long)> PinnedAsync()
    {
        var storage = await Control.GetStorageAsync(default);
        return (storage.Pinned, storage.PinnedBytes);
    }

    private Task<List<string>> PreviewsAsync() => PreviewsAsync(new HistoryRequest(null, 100));

    private async Task<List<string>> PreviewsAsync(HistoryRequest request) =>
        [.. (await Control.GetHistoryAsync(request, default)).Entries.Select(entry => entry.Preview)];

    private async Task<string> CopyAsync(string text) =>
        (
            await Control.CopyAsync(MediaTypes.Text, new MemoryStream(Encoding.UTF8.GetBytes(text)), false, default)
        ).Clip!;

    private async Task<string> CopyLargeAsync() =>
        (await Control.CopyAsync(MediaTypes.Png, new MemoryStream(TestContent.Noise(500_000)), false, default)).Clip!;

    private async Task<byte[]> ReadAsync(string id)
    {
        var content = await Control.ReadClipAsync(id, 0, 0, default);
        await using var stream = content.Content;
        var read = new MemoryStream();
        await stream.CopyToAsync(read);
        return read.ToArray();
    }

    private static ClipId Id(string text) => ClipId.TryParse(text, out var id) ? id : default;

    private static async Task<string> RefusalAsync<T>(Func<Task<T>> call) =>
        (await Assert.ThrowsAsync<ControlException>(call)).Code;
}
