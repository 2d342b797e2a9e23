using System.Reflection;
using System.Text.Json;
using Toss.Cli;
using Toss.Control;
using Xunit;

namespace Toss.Tests.Cli;

public sealed class ExitCodeTests
{
    /// <summary>Written down once more, on purpose: scripts depend on them.</summary>
    private static readonly Dictionary<string, int> Promised = new()
    {
        ["no-daemon"] = 3,
        ["invalid-argument"] = 2,
        ["invalid-config"] = 2,
        ["no-such-device"] = 1,
        ["no-such-clip"] = 1,
        ["no-clipboard"] = 1,
        ["empty"] = 1,
        ["too-large"] = 4,
        ["no-room"] = 4,
        ["paused"] = 4,
        ["by-rule"] = 4,
        ["wrong-code"] = 4,
        ["declined"] = 4,
        ["expired"] = 1,
        ["withdrawn"] = 1,
        ["no-link"] = 1,
        ["no-relay"] = 1,
        ["relay-unreachable"] = 1,
        ["relay-refused"] = 4,
        ["already-paired"] = 4,
        ["circle-full"] = 4,
        ["history-locked"] = 4,
        ["wrong-password"] = 4,
        ["wrong-passphrase"] = 4,
        ["weak-passphrase"] = 4,
        ["not-a-backup"] = 1,
        ["newer-backup"] = 4,
        ["backup-cut"] = 1,
        ["backup-damaged"] = 1,
        ["too-many-tries"] = 4,
        ["login-unavailable"] = 1,
        ["busy"] = 4,
        ["update-needed"] = 4,
        ["storage"] = 1,
        ["key-store"] = 1,
        ["internal"] = 1,
    };

    private static readonly string[][] Commands =
    [
        ["status"],
        ["pair"],
        ["pair", "123456789"],
        ["devices"],
        ["unpair", "phone", "--yes"],
        ["leave", "--yes"],
        ["rename", "x"],
        ["config"],
        ["config", "relay"],
        ["config", "relay", "wss://x"],
        ["copy", "hello"],
        ["paste"],
        ["history"],
        ["pause"],
        ["pause", "30m"],
        ["rules"],
        ["rules", "out", "ask"],
        ["rules", "reset"],
        ["send"],
        ["accept"],
        ["resume"],
        ["trace"],
        ["bench", "phone"],
        ["down"],
    ];

    public static TheoryData<string> Codes =>
        [
            .. typeof(ControlErrors)
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(f => (string)f.GetValue(null)!),
        ];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Every_error_has_its_exit_code_in_every_command(string code)
    {
        Assert.True(Promised.TryGetValue(code, out var expected), $"no promise for {code}");
        Assert.Equal(expected, ExitCodes.Of(code));
        foreach (var command in Commands)
        {
            using var bench = new CommandBench();
            bench.Control.Fail = new ControlException(code, "it failed", "do this");
            Assert.Equal(expected, await bench.RunAsync(command));
            Assert.Equal("", bench.Out);
            Assert.Equal("toss: it failed\n      do this\n", bench.Error);
        }
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task With_json_the_error_is_one_object_on_stderr(string code)
    {
        foreach (var command in Commands)
        {
            using var bench = new CommandBench();
            bench.Control.Fail = new ControlException(code, "it failed", "do this");
            Assert.Equal(Promised[code], await bench.RunAsync([.. command, "--json"]));
            Assert.Equal(
                $$$"""{"error":{"code":"{{{code}}}","message":"it failed","hint":"do this"}}""" + "\n",
                bench.Error
            );
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("status", "extra")]
    [InlineData("status", "--nonsense")]
    [InlineData("unpair")]
    [InlineData("rename")]
    [InlineData("copy", "text", "--file", "f")]
    [InlineData("copy", "one", "two")]
    [InlineData("paste", "--wait", "soon")]
    [InlineData("paste", "--wait", "-1")]
    [InlineData("paste", "--wait", "4000")]
    [InlineData("history", "--limit", "0")]
    [InlineData("history", "--limit", "many")]
    [InlineData("trace", "--limit", "-3")]
    [InlineData("logs", "--lines", "x")]
    [InlineData("config", "--default")]
    [InlineData("config", "relay", "x", "--default")]
    [InlineData("pair", "--relay", "wss://x")]
    [InlineData("pause", "soon")]
    [InlineData("pause", "0m")]
    [InlineData("pause", "-1h")]
    [InlineData("pause", "1.5h")]
    [InlineData("pause", "30")]
    [InlineData("rules", "out")]
    [InlineData("rules", "in", "maybe")]
    [InlineData("rules", "in", "ask", "--type", "film")]
    [InlineData("rules", "out", "--max-size", "0")]
    [InlineData("rules", "out", "--max-size", "1", "--type", "text")]
    [InlineData("rules", "sideways", "ask")]
    [InlineData("relay", "--cert", "c.pem")]
    public async Task Wrong_usage_is_2_and_asks_nothing(params string[] arguments)
    {
        using var bench = new CommandBench();
        Assert.Equal(2, await bench.RunAsync(arguments));
        Assert.Empty(bench.Control.Calls);
        Assert.Equal("", bench.Out);
        Assert.StartsWith("toss: ", bench.Error);
        Assert.Contains("--help", bench.Error);

        using var json = new CommandBench();
        Assert.Equal(2, await json.RunAsync([.. arguments, "--json"]));
        using var error = JsonDocument.Parse(json.Error);
        Assert.Equal("invalid-argument", error.RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Nothing_at_all_prints_the_help_and_is_wrong_usage()
    {
        using var bench = new CommandBench();
        Assert.Equal(2, await bench.RunAsync());
        Assert.Contains("Commands:", bench.Out);
    }

    [Fact]
    public async Task Help_lists_every_command()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("--help"));
        string[] commands =
        [
            .. "up down status pair devices unpair leave rename config copy paste history".Split(' '),
            .. "send accept rules pause resume trace logs relay demo daemon".Split(' '),
        ];
        Assert.All(commands, command => Assert.Contains($"\n  {command} ", bench.Out));
    }

    [Fact]
    public async Task Version_is_one_line()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("--version"));
        Assert.Matches(@"^toss \d+\.\d+\.\d+\n$", bench.Out);
    }

    [Fact]
    public async Task A_word_with_an_at_sign_is_text_not_a_file_of_arguments()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("copy", "@someone"));
        Assert.Equal("@someone"u8.ToArray(), bench.Control.Copied);
    }
}
