using Xunit;

namespace Toss.Tests.Cli.Screens;

public sealed class UiCommandTests
{
    [Fact]
    public async Task The_address_goes_by_a_file_that_only_its_owner_reads()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("ui"));
        Assert.Equal(["open screens", "wait for http://toss-x.localhost:1/login?t=a&b 30"], bench.Control.Calls);
        var (file, content) = bench.Opened!.Value;
        Assert.Contains("content=\"0;url=http://toss-x.localhost:1/login?t=a&amp;b\"", content);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        Assert.DoesNotContain("login", bench.Out);
        Assert.Equal(0, await bench.RunAsync("ui"));
    }

    [Fact]
    public async Task A_browser_that_does_not_open_it_is_told_of()
    {
        using var bench = new CommandBench();
        bench.Control.IsOpened = false;
        Assert.Equal(1, await bench.RunAsync("ui"));
        Assert.Contains("did not", bench.Error);
        Assert.Contains("toss ui --print", bench.Error);
    }

    [Fact]
    public async Task A_link_goes_to_the_screens_and_nowhere_else()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("ui", "toss://pair#abc"));
        Assert.Equal("open screens with toss://pair#abc", bench.Control.Calls[0]);
        Assert.DoesNotContain("abc", bench.Opened!.Value.Content);
        Assert.DoesNotContain("abc", bench.Out);
        Assert.Equal(2, await bench.RunAsync("ui", "toss://pair#abc", "--close"));
    }

    [Fact]
    public async Task Printed_it_is_the_address_alone()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("ui", "--print"));
        Assert.Equal("http://toss-x.localhost:1/login?t=a&b", bench.Out.TrimEnd());
        Assert.Null(bench.Opened);
    }

    [Fact]
    public async Task As_json_it_says_until_when()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("ui", "--print", "--json"));
        Assert.Equal(
            """{"url":"http://toss-x.localhost:1/login?t=a\u0026b","expiresAt":"2026-03-04T05:07:07+00:00"}""",
            bench.Out.TrimEnd()
        );
    }

    [Fact]
    public async Task Without_a_browser_it_says_what_to_do()
    {
        using var bench = new CommandBench { HasDesktop = false };
        Assert.Equal(1, await bench.RunAsync("ui"));
        Assert.Contains("toss ui --print", bench.Error);
    }

    [Fact]
    public async Task Closing_closes()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("ui", "--close"));
        Assert.Equal(["close screens"], bench.Control.Calls);
        Assert.Equal(2, await bench.RunAsync("ui", "--close", "--print"));
    }
}
