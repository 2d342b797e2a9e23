using System.Text.Json;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>`toss pair` as people and scripts meet it, when it does not go well.</summary>
public sealed class PairingCommandTests
{
    [Fact]
    public async Task Three_wrong_codes_end_it_on_both_sides_and_the_right_one_is_late()
    {
        await using var two = await TwoPrograms.StartAsync();
        string[] relay = ["--relay", two.Relay.Url.AbsoluteUri];
        await using var show = two.A.Begin("pair", "--json");
        var (code, _) = await TwoPrograms.OpenedAsync(show);
        foreach (var wrong in Wrong(code))
        {
            var refused = (await two.B.RunAsync(["pair", wrong, .. relay, "--json"])).Exits(4);
            AssertError("wrong-code", refused.Json());
            Assert.Equal("wrong-code", refused.JsonError().GetProperty("code").GetString());
        }

        var ended = (await show.EndAsync()).Exits(4);
        Assert.Equal(2, ended.JsonLines().Length);
        AssertError("wrong-code", ended.JsonLines()[1]);
        Assert.Equal(["code", "message", "hint"], ended.JsonError().EnumerateObject().Select(one => one.Name));

        AssertError("wrong-code", (await two.B.RunAsync(["pair", code, .. relay, "--json"])).Exits(4).Json());
        Assert.Empty(await two.A.PeersAsync());
        Assert.Empty(await two.B.PeersAsync());

        // And a new code is as good as ever.
        await TwoPrograms.PairAsync(two.A, two.B, opened => [opened.Code, .. relay]);
    }

    [Fact]
    public async Task Two_wrong_codes_are_borne()
    {
        await using var two = await TwoPrograms.StartAsync();
        await TwoPrograms.PairAsync(
            two.A,
            two.B,
            opened =>
            {
                foreach (var wrong in Wrong(opened.Code).Take(2))
                {
                    var tried = two.B.RunAsync("pair", wrong, "--relay", two.Relay.Url.AbsoluteUri);
                    tried.GetAwaiter().GetResult().Exits(4);
                }
                return [opened.Code, "--relay", two.Relay.Url.AbsoluteUri];
            }
        );
    }

    [Fact]
    public async Task Interrupted_it_withdraws_its_code()
    {
        await using var two = await TwoPrograms.StartAsync();
        await using var show = two.A.Begin("pair", "--json");
        var (code, uri) = await TwoPrograms.OpenedAsync(show);
        show.Interrupt();
        var ended = (await show.EndAsync()).Exits(1);
        AssertError("withdrawn", ended.JsonLines()[1]);

        // The agent closes the place when it hears that its caller is gone.
        await Eventually.HoldsAsync(
            "the withdrawn code to be worth nothing",
            async () => (await two.B.RunAsync("pair", uri)).ExitCode == 4
        );
        (await two.B.RunAsync("pair", code, "--relay", two.Relay.Url.AbsoluteUri)).Exits(4);
        Assert.Empty(await two.A.PeersAsync());
        // Nor does an interrupted one stand in the way of the next.
        await two.PairAsync();
    }

    [Fact]
    public async Task What_is_no_code_is_wrong_usage_and_who_has_companions_must_leave()
    {
        await using var two = await TwoPrograms.PairedAsync();
        (await two.B.RunAsync("pair", "--relay", "ws://127.0.0.1:1")).Exits(2);
        await using var show = two.A.Begin("pair", "--json");
        var (_, uri) = await TwoPrograms.OpenedAsync(show);
        AssertError("already-paired", (await two.B.RunAsync("pair", uri, "--json")).Exits(4).Json());
        (await two.B.RunAsync("leave", "--yes")).Exits(0);
        Assert.Equal(
            "invalid-argument",
            (await two.B.RunAsync("pair", "12", "--json")).Exits(2).JsonError().GetProperty("code").GetString()
        );
    }

    /// <summary>The same slot with three other secrets.</summary>
    private static IEnumerable<string> Wrong(string code)
    {
        for (var add = 1; add <= 3; add++)
        {
            var last = (char)('0' + (code[^1] - '0' + add) % 10);
            yield return code[..^1] + last;
        }
    }

    private static void AssertError(string code, JsonElement line)
    {
        var error = line.GetProperty("error");
        Assert.Equal(["code", "message"], error.EnumerateObject().Select(property => property.Name));
        Assert.Equal(code, error.GetProperty("code").GetString());
    }
}
