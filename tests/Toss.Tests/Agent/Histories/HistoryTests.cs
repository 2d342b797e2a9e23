using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Histories;

/// <summary>What one can ask of history and do with it, on a whole agent whose clock is the test's.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    private static readonly DateTimeOffset begin = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(begin);
    private LoneAgent _agent = null!;

    private IControl Control => _agent.Control;

    public async ValueTask InitializeAsync() => _agent = await LoneAgent.StartAsync(1, _time);

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(200)]
    public async Task Pages_hold_everything_once_and_in_order(int limit)
    {
        // Many of one moment, and some of others: more of both than are read at a time.
        for (var i = 0; i < 150; i++)
        {
            await CopyAsync($"text {i}");
            if (i % 100 == 0)
            {
                _time.Advance(TimeSpan.FromMinutes(1));
            }
        }
        var all = new List<string>();
        string? place = null;
        do
        {
            var page = await Control.GetHistoryAsync(new HistoryRequest(null, limit, Before: place), default);
            Assert.InRange(page.Entries.Count, 1, limit);
            all.AddRange(page.Entries.Select(entry => entry.Preview));
            place = page.Next;
        } while (place is not null);
        Assert.Equal(Enumerable.Range(0, 150).Reverse().Select(i => $"text {i}"), all);
    }

    /// <summary>What is sought may be far back or nowhere; only so much is in memory meanwhile.</summary>
    [Fact]
    public async Task History_is_read_some_clips_at_a_time()
    {
        var asked = new List<int>();
        await using var agent = await LoneAgent.StartAsync(
            9,
            _time,
            (call, arguments, goOn) =>
            {
                if (call == nameof(IAgentStore.HistoryBetweenAsync))
                {
                    asked.Add(arguments.OfType<int>().Single());
                }
                return goOn();
            }
        );
        string first = "";
        for (var i = 0; i < 600; i++)
        {
            var copied = await agent.Control.CopyAsync(MediaTypes.Text, Bytes($"text {i}"), false, default);
            first = i == 0 ? copied.Clip! : first;
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        asked.Clear();
        Assert.Equal("text 0", (await agent.Control.GetClipAsync(first[..20], default)).Entry.Preview);
        await Assert.ThrowsAsync<ControlException>(() => agent.Control.GetClipAsync("ZZZZZZ", default));
        await Assert.ThrowsAsync<ControlException>(() => agent.Control.AcceptAsync("ZZZZZZ", default));
        Assert.Empty((await agent.Control.GetHistoryAsync(new HistoryRequest(null, 9, Type: "url"), default)).Entries);
        var page = await agent.Control.GetHistoryAsync(new HistoryRequest(null, 10_000), default);
        Assert.Equal((500, "text 599"), (page.Entries.Count, page.Entries[0].Preview));
        Assert.NotNull(page.Next);
        Assert.All(asked, limit => Assert.InRange(limit, 1, 256));
    }

    [Fact]
    public async Task Filters_are_all_of_them_together()
    {
        await using var other = await LoneAgent.StartAsync(2, _time);
        await MeetAsync(other);
        const string picture = "[image/png]";
        await CopyAsync("apple of mine");
        _time.Advance(TimeSpan.FromHours(1));
        await Control.CopyAsync(MediaTypes.Png, new MemoryStream(TestContent.Noise(100)), false, default);
        _time.Advance(TimeSpan.FromHours(1));
        await other.Control.CopyAsync(MediaTypes.Text, Bytes("apple of another"), false, default);
        await TestPairing.Until(
            async () =>
            {
                await other.CarryAsync(_agent);
                return (await FindAsync(new HistoryRequest(null, 10))).Count == 4;
            },
            "the other's copy"
        );

        Assert.Equal(["apple of another", "apple of mine"], await FindAsync(new HistoryRequest("APPLE", 10)));
        Assert.Equal([picture], await FindAsync(new HistoryRequest(null, 10, Type: "picture")));
        Assert.Equal(["apple of another"], await FindAsync(new HistoryRequest("apple", 10, Device: "Device 2")));
        Assert.Equal(
            ["apple of mine", "met"],
            await FindAsync(new HistoryRequest(null, 10, Type: "text", Device: "device 1"))
        );
        Assert.Equal(
            ["apple of another", picture],
            await FindAsync(new HistoryRequest(null, 10, Since: begin.AddMinutes(30)))
        );
        Assert.Equal(["apple of mine"], await FindAsync(new HistoryRequest("apple", 10, Until: begin.AddMinutes(90))));
        Assert.Empty(await FindAsync(new HistoryRequest(null, 10, Since: begin.AddDays(1))));
        var newest = (await Control.GetHistoryAsync(null, 1, default))[0];
        Assert.Equal(
            [picture, "apple of mine", "met"],
            await FindAsync(new HistoryRequest(null, 10, Before: newest.Id))
        );
        foreach (var wrong in new HistoryRequest[] { new(null, 1, Type: "texts"), new(null, 1, Before: "1.2") })
        {
            var failure = await Assert.ThrowsAsync<ControlException>(() => FindAsync(wrong));
            Assert.Equal(ControlErrors.InvalidArgument, failure.Code);
        }
    }

    [Fact]
    public async Task A_clip_is_shown_by_the_beginning_of_its_id()
    {
        var id = await CopyAsync("shown");
        _time.Advance(TimeSpan.FromDays(1));
        await CopyAsync("another");
        var report = await Control.GetClipAsync(id[..8].ToLowerInvariant(), default);
        Assert.Equal((id, "shown", false), (report.Entry.Id, report.Entry.Preview, report.Entry.HoldsClipboard));
        Assert.Equal(new FormatReport(0, MediaTypes.Text, 5), Assert.Single(report.Formats));
        foreach (var none in new[] { "ZZZZZZ", "", id[..3], ClipId.FromParts(1, new byte[10]).ToString() })
        {
            var failure = await Assert.ThrowsAsync<ControlException>(() => Control.GetClipAsync(none, default));
            Assert.Equal(ControlErrors.NoSuchClip, failure.Code);
        }
    }

    [Theory]
    [InlineData(MediaTypes.Png, 5)]
    [InlineData(MediaTypes.Png, Limits.InlineContent + 1)]
    [InlineData(MediaTypes.Png, (3 * Limits.BlobChunk) + 17)]
    [InlineData(MediaTypes.Svg, 700_000)]
    public async Task A_format_is_read_from_any_byte_on(string type, int size)
    {
        // What is text is kept deflated where that is worth it, and pictures never.
        var bytes =
            type == MediaTypes.Svg
                ? Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, size / 7).Select(i => $"{i % 977:D6} ")))
                : TestContent.Noise(size);
        var id = (await Control.CopyAsync(type, new MemoryStream(bytes), false, default)).Clip!;
        int[] offsets =
        [
            0,
            1,
            bytes.Length / 2,
            Limits.BlobChunk - 1,
            Limits.BlobChunk,
            bytes.Length - 1,
            bytes.Length,
        ];
        foreach (var offset in offsets.Where(offset => offset < bytes.Length))
        {
            var content = await Control.ReadClipAsync(id, 0, offset, default);
            Assert.Equal((type, (long)bytes.Length), (content.MediaType, content.Size));
            await using var stream = content.Content;
            var read = new MemoryStream();
            await stream.CopyToAsync(read);
            Assert.Equal(SHA256.HashData(bytes.AsSpan(offset)), SHA256.HashData(read.ToArray()));
        }
        await Assert.ThrowsAsync<ControlException>(() => Control.ReadClipAsync(id, 0, bytes.Length, default));
        await Assert.ThrowsAsync<ControlException>(() => Control.ReadClipAsync(id, 1, 0, default));
    }

    [Fact]
    public async Task What_is_copied_again_is_the_newest_with_all_its_formats_or_its_text_alone()
    {
        var id = await CopyRichAsync("again");
        _time.Advance(TimeSpan.FromMinutes(20));
        await CopyAsync("something else");
        _time.Advance(TimeSpan.FromMinutes(20));

        var copied = await Control.CopyAgainAsync(new CopyAgainRequest(id, Plain: false), default);
        var newest = (await Control.GetHistoryAsync(null, 1, default))[0];
        Assert.Equal((copied.Clip, "again", 2), (newest.Id, newest.Preview, newest.Types.Count));
        Assert.True(newest.HoldsClipboard);
        Assert.Equal("again", await TestPairing.TextAsync(Control));

        // What it is already needs no copy, but has to be there.
        await _agent.AskAsync(() =>
        {
            _agent.Clipboard.Empty();
            return true;
        });
        Assert.Null((await Control.CopyAgainAsync(new CopyAgainRequest(id, Plain: false), default)).Clip);
        Assert.Equal("again", await TestPairing.TextAsync(Control));

        _time.Advance(TimeSpan.FromMinutes(20));
        await CopyAsync("something else again");
        _time.Advance(TimeSpan.FromMinutes(20));
        var plain = await Control.CopyAgainAsync(new CopyAgainRequest(id, Plain: true), default);
        Assert.Equal([MediaTypes.Text], (await Control.GetClipAsync(plain.Clip!, default)).Entry.Types);
    }

    /// <summary>On the clipboard is the same and more, and it was copied just now or long ago: a person wants the text alone.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1200)]
    public async Task Plain_text_is_put_there_in_place_of_the_rich_one_it_is_of(int seconds)
    {
        var id = await CopyRichAsync("rich");
        _time.Advance(TimeSpan.FromSeconds(seconds));
        var plain = await Control.CopyAgainAsync(new CopyAgainRequest(id, Plain: true), default);
        Assert.Equal([MediaTypes.Text], (await Control.GetClipAsync(plain.Clip!, default)).Entry.Types);
        Assert.Equal([MediaTypes.Text], await TypesThereAsync());

        // Nor is it taken for the work of a program that carries clipboards about.
        await _agent.AskAsync(() =>
        {
            foreach (var text in new[] { "one thing", "another", "one thing" })
            {
                _agent.Clipboard.Copy(new ClipContent([TestContent.Text(text)], Sensitivity.Normal));
            }
            return true;
        });
        await TestPairing.Until(
            async () => (await Control.GetHistoryAsync(null, 9, default)).Count == 5,
            "what a person copied to be recorded, each time"
        );
    }

    [Fact]
    public async Task What_a_program_copies_by_command_is_there_as_it_is()
    {
        await CopyRichAsync("rich");
        _time.Advance(TimeSpan.FromMinutes(20));
        await CopyAsync("rich");
        Assert.Equal([MediaTypes.Text], await TypesThereAsync());
    }

    [Fact]
    public async Task What_history_takes_is_counted()
    {
        var before = await Control.GetStorageAsync(default);
        await CopyAsync("12345");
        await Control.CopyAsync(MediaTypes.Png, new MemoryStream(TestContent.Noise(500_000)), false, default);
        var after = await Control.GetStorageAsync(default);
        Assert.Equal((2, 500_005L), (after.Clips, after.ContentBytes));
        Assert.True(after.DatabaseBytes >= before.DatabaseBytes && before.DatabaseBytes > 0);
        Assert.InRange(after.BlobBytes, 500_000, 501_000);
        Assert.Equal((10_000L, 2048L * 1024 * 1024, 90), (after.MostClips, after.MostContentBytes, after.MostDays));
    }

    [Fact]
    public async Task Keys_are_renewed_with_every_device_and_not_all_the_time()
    {
        await using var other = await LoneAgent.StartAsync(2, _time);
        await MeetAsync(other);
        _time.Advance(TimeSpan.FromHours(2));
        var prekey = await PrekeyAsync();
        Assert.Equal(1, (await Control.RenewKeysAsync(default)).Devices);
        Assert.NotEqual(prekey, await PrekeyAsync());
        var busy = await Assert.ThrowsAsync<ControlException>(() => Control.RenewKeysAsync(default));
        Assert.Equal(ControlErrors.Busy, busy.Code);

        // A prekey that is new is not replaced, since each is kept for weeks; the sessions begin anew all the same.
        _time.Advance(TimeSpan.FromMinutes(2));
        prekey = await PrekeyAsync();
        await Control.RenewKeysAsync(default);
        Assert.Equal(prekey, await PrekeyAsync());

        await CopyAsync("under new keys");
        await TestPairing.Until(
            async () =>
            {
                await _agent.CarryAsync(other);
                return (await other.Control.GetHistoryAsync(null, 1, default)) is [{ Preview: "under new keys" }];
            },
            "what is sealed with them"
        );
    }

    /// <summary>The other joins, and each hears from the other: who is not heard from is taken out again.</summary>
    private async Task MeetAsync(LoneAgent other)
    {
        await other.JoinAsync(_agent);
        await CopyAsync("met");
        await TestPairing.Until(
            async () =>
            {
                await _agent.CarryAsync(other);
                await other.CarryAsync(_agent);
                return (await Control.GetHistoryAsync(null, 1, default))[0].Deliveries is [{ State: "applied" }];
            },
            "the other to answer"
        );
    }

    /// <summary>The first copy, with a second format beside its text.</summary>
    private async Task<string> CopyRichAsync(string text)
    {
        ContentRepresentation[] formats = [TestContent.Text(text), new(MediaTypes.Html, TestContent.Noise(50))];
        await _agent.AskAsync(() =>
        {
            _agent.Clipboard.Copy(new ClipContent(formats, Sensitivity.Normal));
            return true;
        });
        await TestPairing.Until(
            async () => (await Control.GetHistoryAsync(null, 1, default)).Count == 1,
            "the copy to be recorded"
        );
        return (await Control.GetHistoryAsync(null, 1, default))[0].Id;
    }

    private Task<List<string>> TypesThereAsync() =>
        _agent.OnAsync(async () =>
        {
            var there = await _agent.Clipboard.ReadAsync(default);
            return there!.Representations.Select(format => format.MediaType).ToList();
        });

    private Task<string> PrekeyAsync() =>
        _agent.AskAsync(() => Convert.ToHexString(_agent.Agent.Device.Prekeys[0].Public.Id.Span));

    private async Task<List<string>> FindAsync(HistoryRequest request) =>
        [.. (await Control.GetHistoryAsync(request, default)).Entries.Select(entry => entry.Preview)];

    private async Task<string> CopyAsync(string text) =>
        (await Control.CopyAsync(MediaTypes.Text, Bytes(text), false, default)).Clip!;

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
