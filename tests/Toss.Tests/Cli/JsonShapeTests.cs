using System.Text;
using Toss.Control;
using Xunit;

namespace Toss.Tests.Cli;

/// <summary>The shapes scripts read, to the letter.</summary>
public sealed class JsonShapeTests
{
    [Fact]
    public async Task Status() =>
        await ExpectAsync(
            """{"device":{"id":"ID-A","name":"laptop","fingerprint":"AAAA BBBB"},"daemon":{"pid":4711,"version":"0.1.0","uptimeSeconds":3700},"clipboard":{"backend":"x11"},"keyStore":{"kind":"secret-service"},"relay":{"url":"wss://relay.example","state":"connected"},"otherRelays":[{"url":"wss://other.example","state":"unreachable"}],"mappedPorts":[{"address":"203.0.113.9:41000","protocol":"pcp"}],"peers":[{"id":"ID-B","name":"phone","online":true,"path":{"kind":"relay","rttMs":12.5},"pending":0},{"id":"ID-C","name":"desk","online":false,"path":null,"pending":3}],"transfers":[{"id":7,"direction":"in","device":"phone","clip":"clip-3","done":3000000,"total":12000000,"bytesPerSecond":1500000,"secondsLeft":6,"state":"running","why":null,"relay":null,"what":null}]}""",
            "status"
        );

    [Fact]
    public async Task Cancel() =>
        await ExpectAsync(
            """{"id":7,"direction":"in","device":"phone","clip":"clip-3","done":3000000,"total":12000000,"bytesPerSecond":1500000,"secondsLeft":6,"state":"running","why":null,"relay":null,"what":null}""",
            "cancel",
            "7"
        );

    [Fact]
    public async Task Devices() =>
        await ExpectAsync(
            """[{"id":"ID-A","name":"laptop","online":true,"self":true},{"id":"ID-B","name":"phone","online":true,"self":false}]""",
            "devices"
        );

    [Fact]
    public async Task History() =>
        await ExpectAsync(
            """[{"id":"clip-2","at":"2026-03-04T05:06:07+00:00","origin":{"id":"ID-B","name":"phone"},"types":["text/plain;charset=utf-8"],"size":5,"preview":"hello","pinned":false,"tags":[]}]""",
            "history"
        );

    [Fact]
    public async Task Config() =>
        await ExpectAsync(
            """[{"key":"relay","value":"wss://relay.example","default":"","description":"The relay of this circle.","kind":"text"},{"key":"history.days","value":"30","default":"30","description":"How long history is kept.","kind":"number","lowest":1,"highest":36500,"unit":"days"}]""",
            "config"
        );

    [Fact]
    public async Task One_setting() =>
        await ExpectAsync(
            """{"key":"history.days","value":"30","default":"30","description":"How long history is kept.","kind":"number","lowest":1,"highest":36500,"unit":"days"}""",
            "config",
            "history.days"
        );

    [Fact]
    public async Task Copy() =>
        await ExpectAsync("""{"clip":"clip-1","reason":null,"size":5,"peers":2}""", "copy", "x");

    [Fact]
    public async Task Rules() =>
        await ExpectAsync(
            """[{"direction":"out","device":null,"deviceName":null,"type":null,"sharing":"ask","maxMiB":null},{"direction":"out","device":"ID-B","deviceName":"phone","type":"picture","sharing":"never","maxMiB":null},{"direction":"in","device":null,"deviceName":null,"type":null,"sharing":null,"maxMiB":16}]""",
            "rules"
        );

    [Fact]
    public async Task Send() =>
        await ExpectAsync("""{"clip":"clip-2","size":5,"sent":["phone"],"had":["desk"]}""", "send", "--to", "phone");

    [Fact]
    public async Task Accept() =>
        await ExpectAsync(
            """{"clip":"clip-2","from":"phone","types":["text/plain;charset=utf-8"],"size":5,"state":"applied"}""",
            "accept"
        );

    [Fact]
    public async Task Trace() =>
        await ExpectAsync(
            """[{"clip":"clip-2","direction":"out","startedAt":"2026-03-04T05:06:07+00:00","stages":[{"name":"Capture","atMs":0,"tookMs":0.4,"note":null},{"name":"Admit","atMs":0.4,"tookMs":0.1,"note":"ok"}]}]""",
            "trace"
        );

    [Fact]
    public async Task Verbose_status_says_everything()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("status", "--json", "--verbose"));
        Assert.Contains("\"waiting\":\"peer away\"", bench.Out);
        Assert.Contains("\"paused\":false", bench.Out);
    }

    [Fact]
    public async Task Pair_shows_the_code_line_then_the_device()
    {
        using var bench = new CommandBench();
        var expires = FakeControl.Now.AddMinutes(5);
        await bench.Control.Pairing.Writer.WriteAsync(
            new PairingOpened("p", "123456789", "toss://pair#x", expires),
            Ct
        );
        await bench.Control.Pairing.Writer.WriteAsync(new PairingConfirm("p", "phone", "CCCC"), Ct);
        await bench.Control.Pairing.Writer.WriteAsync(new PairingDone("ID-B", "phone"), Ct);
        Assert.Equal(0, await bench.RunAsync("pair", "--json"));
        Assert.Equal(
            """
            {"code":"123456789","uri":"toss://pair#x","expiresAt":"2026-03-04T05:11:07+00:00"}
            {"paired":{"id":"ID-B","name":"phone"}}

            """,
            bench.Out
        );
        Assert.Equal(["pair yes=True", "confirm p True"], bench.Control.Calls);
        Assert.Equal("", bench.Error);
    }

    [Fact]
    public async Task Pair_keeps_a_wrong_try_from_the_one_value_on_stderr()
    {
        using var bench = new CommandBench();
        await bench.Control.Pairing.Writer.WriteAsync(new PairingWarning("A wrong code was entered.", 2), Ct);
        await bench.Control.Pairing.Writer.WriteAsync(new PairingFailed("wrong-code", "no", "again"), Ct);
        Assert.Equal(4, await bench.RunAsync("pair", "--json"));
        Assert.Equal("""{"error":{"code":"wrong-code","message":"no","hint":"again"}}""" + "\n", bench.Error);
    }

    [Theory]
    [InlineData("pair", "--json")]
    [InlineData("pair", "123", "456", "--json")]
    public async Task A_failed_pairing_ends_its_own_stream_and_tells_stderr(params string[] arguments)
    {
        using var bench = new CommandBench();
        await bench.Control.Pairing.Writer.WriteAsync(new PairingFailed("wrong-code", "no", "again"), Ct);
        Assert.Equal(4, await bench.RunAsync(arguments));
        Assert.Equal("""{"error":{"code":"wrong-code","message":"no"}}""" + "\n", bench.Out);
        Assert.Equal("""{"error":{"code":"wrong-code","message":"no","hint":"again"}}""" + "\n", bench.Error);
    }

    [Fact]
    public async Task Paste_is_raw_bytes_without_an_end_of_line()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("paste"));
        Assert.Equal(Encoding.UTF8.GetBytes("grüße"), bench.RawOut);
        Assert.Equal("", bench.Out);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task ExpectAsync(string expected, params string[] arguments)
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync([.. arguments, "--json"]));
        Assert.Equal(expected + "\n", bench.Out);
        Assert.Equal("", bench.Error);
    }
}
