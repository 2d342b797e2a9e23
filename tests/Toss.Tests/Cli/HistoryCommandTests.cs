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
                "--type",
                "url",
                "--device",
                "phone",
                "--since",
                "2026-03-04T05:00:00Z",
                "--until",
                "2026-03-05 06:00 +02:00",
                "--before",
                "clip-9"
            )
        );
        Assert.Equal(
            [
                "history x limit=20 type=url device=phone since=2026-03-04T05:00:00.0000000+00:00 "
                    + "until=2026-03-05T06:00:00.0000000+02:00 before=clip-9",
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
    [InlineData("delete clip-2", "delete clip-2", "Deleted here.")]
    [InlineData("storage", "storage", "12 copies of at most 10000, 2.9 MiB of at most 2 GiB, kept for 90 days.")]
    [InlineData("renew-keys", "renew", "New keys with 2 devices.")]
    [InlineData("about", "about", "/home/me/toss.log")]
    public async Task Each_order_is_done_and_said(string line, string call, string says)
    {
        Assert.Equal(0, await _bench.RunAsync(line.Split(' ')));
        Assert.Equal([call], _bench.Control.Calls);
        Assert.Contains(says, _bench.Out);
    }

    [Theory]
    [InlineData("again clip-2", """{"clip":"clip-1","reason":null,"size":5,"peers":2}""")]
    [InlineData("delete clip-2", """{"done":true}""")]
    [InlineData(
        "storage",
        """{"clips":12,"contentBytes":3000000,"databaseBytes":1500000,"blobBytes":2000000,"mostClips":10000,"mostContentBytes":2147483648,"mostDays":90}"""
    )]
    [InlineData("renew-keys", """{"devices":2}""")]
    [InlineData(
        "about",
        """{"version":"0.1.0","runtime":".NET 10.0","system":"Linux, x64","folder":"/home/me/toss","log":"/home/me/toss.log","license":"MIT"}"""
    )]
    public async Task As_json_each_has_its_shape(string line, string json)
    {
        Assert.Equal(0, await _bench.RunAsync([.. line.Split(' '), "--json"]));
        Assert.Equal(json, _bench.Out.TrimEnd());
    }
}
