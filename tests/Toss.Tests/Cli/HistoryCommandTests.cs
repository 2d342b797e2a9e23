using Xunit;

namespace Toss.Tests.Cli;

/// <summary>What a screen does with history, the commands do.</summary>
public sealed class HistoryCommandTests : IDisposable
{
    private readonly CommandBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task More_than_an_answer_holds_is_asked_for_page_by_page()
    {
        using var bench = new CommandBench();
        bench.Control.Places.Enqueue("a");
        bench.Control.Places.Enqueue("b");
        bench.Control.Places.Enqueue("c");
        Assert.Equal(0, await bench.RunAsync("history", "--limit", "3"));
        Assert.Equal(
            ["history  limit=3", "history  limit=2 before=a", "history  limit=1 before=b"],
            bench.Control.Calls
        );
    }

    [Fact]
    public async Task Filters_go_to_the_agent()
    {
        Assert.Equal(
            0,
            await _bench.RunAsync(
                "history",
                "x",
                "yz",
                "--type",
                "url",
                "--device",
                "phone",
                "--since",
                "2026-03-04T05:00:00Z",
                "--until",
                "2026-03-05 06:00 +02:00",
                "--before",
                "clip-9",
                "--pinned",
                "--tag",
                "work"
            )
        );
        Assert.Equal(
            [
                "history x yz limit=20 type=url device=phone since=2026-03-04T05:00:00.0000000+00:00 "
                    + "until=2026-03-05T06:00:00.0000000+02:00 before=clip-9 pinned=yes tag=work",
            ],
            _bench.Control.Calls
        );
        Assert.Equal(2, await _bench.RunAsync("history", "--since", "yesterday-ish"));
    }

    [Fact]
    public async Task A_clip_is_shown_with_its_formats_or_printed()
    {
        Assert.Equal(0, await _bench.RunAsync("show", "clip-2"));
        Assert.Contains("hello", _bench.Out);
        Assert.Contains("image/x-ünï", _bench.Out);
        Assert.Equal(0, await _bench.RunAsync("show", "clip-2", "--format", "1", "--offset", "4"));
        Assert.Equal([5, 6], _bench.RawOut);
        Assert.Equal(["show clip-2", "read clip-2 1 from 4"], _bench.Control.Calls);
        Assert.Equal(2, await _bench.RunAsync("show", "clip-2", "--offset", "4"));
        Assert.Equal(2, await _bench.RunAsync("show"));
    }

    [Theory]
    [InlineData("again clip-2", "again clip-2 plain=False", "Copied 5 B to 2 devices.")]
    [InlineData("again clip-2 --plain", "again clip-2 plain=True", "Copied 5 B to 2 devices.")]
    [InlineData("delete clip-2", "delete clip-2", "Deleted here; `toss undo` takes it back for ten minutes.")]
    [InlineData("delete clip-2 clip-3", "delete clip-2 clip-3", "Deleted here; `toss undo`")]
    [InlineData(
        "delete clip-2 --everywhere",
        "delete clip-2 everywhere",
        "on 2 other devices as soon as each is there"
    )]
    [InlineData("undo", "undo", "1 copy in history again")]
    [InlineData("clear", "clear", "12 copies deleted here; `toss undo`")]
    [InlineData("pin clip-2", "mark clip-2 pinned=True", "Pinned")]
    [InlineData("unpin clip-2", "mark clip-2 pinned=False", "Not pinned any more.")]
    [InlineData("tag clip-2 work home", "mark clip-2 +work+home", "Tags: work, home")]
    [InlineData("tag clip-2 work --remove", "mark clip-2 -work", "No tags.")]
    [InlineData("storage", "storage", "12 copies of at most 10000, 2.9 MiB of at most 2 GiB, kept for 90 days.")]
    [InlineData("renew-keys", "renew", "New keys with 2 devices.")]
    [InlineData("about", "about", "/home/me/toss.log")]
    [InlineData("about", "about", "jsQR (Apache-2.0)")]
    public async Task Each_order_is_done_and_said(string line, string call, string says)
    {
        Assert.Equal(0, await _bench.RunAsync(line.Split(' ')));
        Assert.Equal([call], _bench.Control.Calls);
        Assert.Contains(says, _bench.Out);
    }

    [Theory]
    [InlineData("delete clip-2 --everywhere", "n\n", 4)]
    [InlineData("delete clip-2 --everywhere", "y\n", 0)]
    [InlineData("delete clip-2 --everywhere --yes", "", 0)]
    [InlineData("delete clip-2", "", 0)]
    [InlineData("clear", "n\n", 4)]
    [InlineData("clear", "y\n", 0)]
    public async Task What_takes_much_is_asked_first(string line, string answer, int exit)
    {
        using var bench = new CommandBench { Terminal = true, Input = answer };
        Assert.Equal(exit, await bench.RunAsync(line.Split(' ')));
        Assert.Equal(exit == 0 ? 1 : 0, bench.Control.Calls.Count);
    }

    [Theory]
    [InlineData("again clip-2", """{"clip":"clip-1","reason":null,"size":5,"peers":2}""")]
    [InlineData("delete clip-2", """{"clips":1,"devices":0,"undoUntil":"1970-01-01T00:10:00+00:00"}""")]
    [InlineData("delete clip-2 --everywhere", """{"clips":1,"devices":2,"undoUntil":null}""")]
    [InlineData("undo", """{"clips":1}""")]
    [InlineData(
        "storage",
        """{"clips":12,"contentBytes":3000000,"databaseBytes":1500000,"blobBytes":2000000,"mostClips":10000,"mostContentBytes":2147483648,"mostDays":90,"pinned":0,"pinnedBytes":0,"deleted":0}"""
    )]
    [InlineData("renew-keys", """{"devices":2}""")]
    [InlineData(
        "about",
        """{"version":"0.1.0","runtime":".NET 10.0","system":"Linux, x64","folder":"/home/me/toss","log":"/home/me/toss.log","license":"MIT","parts":[{"name":"jsQR","license":"Apache-2.0"}]}"""
    )]
    public async Task As_json_each_has_its_shape(string line, string json)
    {
        Assert.Equal(0, await _bench.RunAsync([.. line.Split(' '), "--json"]));
        Assert.Equal(json, _bench.Out.TrimEnd());
    }
}
