using Toss.Control;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>SIGKILL, and on again: nothing lost, nothing twice, no pairing again.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task All_three_killed_go_on_and_what_was_copied_last_arrives_once()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await two.A.CopyAsync("before");
        await two.B.PastesAsync("before");

        // `toss copy` said that it is done: from here on it may not be lost, however far it came.
        await two.A.CopyAsync("just before the end");
        await Task.WhenAll(two.A.KillAsync(), two.B.KillAsync(), two.Relay.KillAsync());
        await two.Relay.RestartAsync();
        await Task.WhenAll(two.A.UpAsync(), two.B.UpAsync());

        // Not on the clipboard, which here lives in the agent: it may have come just before the end of B.
        await Eventually.HoldsAsync(
            "the last copy in history",
            async () => (await PreviewsAsync(two.B)).Contains("just before the end"),
            two.B.StateAsync
        );
        await two.B.CopyAsync("after");
        await two.A.PastesAsync("after");
        Assert.Equal(["after", "before", "just before the end"], await PreviewsAsync(two.A));
        Assert.Equal(["after", "before", "just before the end"], await PreviewsAsync(two.B));
        Assert.Equal(["beta-lap"], await two.A.PeersAsync());
        Assert.Equal(["alpha-desk"], await two.B.PeersAsync());
    }

    [Fact]
    public async Task Copied_while_the_other_is_away_and_the_relay_dies_in_between()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await two.B.KillAsync();
        string[] texts = ["one", "two", "three", "four", "five"];
        foreach (var text in texts)
        {
            await two.A.CopyAsync(text);
        }
        await two.Relay.KillAsync();
        await two.Relay.RestartAsync();
        await two.B.UpAsync();

        await two.B.PastesAsync("five");
        await Eventually.HoldsAsync(
            "all five at the other device",
            async () => (await PreviewsAsync(two.B)).Length >= texts.Length,
            two.B.StateAsync
        );
        // One more behind them: a second coming of any would stand before it in the mailbox.
        await two.A.CopyAsync("six");
        await two.B.PastesAsync("six");
        Assert.Equal(new[] { "six" }.Concat(texts).Order(StringComparer.Ordinal), await PreviewsAsync(two.B));
        Assert.Equal(0, (await two.A.JsonAsync("history", "nothing like this")).GetArrayLength());
    }

    [Fact]
    public async Task An_agent_killed_while_a_large_clip_comes_fetches_it_after_its_restart()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await two.B.Control.SetConfigAsync("fetch-direct", "64", default);
        await two.B.Control.SetConfigAsync("fetch-relayed", "64", default);
        var large = new byte[16 * 1024 * 1024];
        new Random(9).NextBytes(large);
        await two.A.CopyAsync(large, "application/octet-stream");
        await Eventually.HoldsAsync(
            "the large clip to be announced",
            async () => (await two.B.Control.GetHistoryAsync(null, 10, CancellationToken.None)).Count > 0,
            two.B.StateAsync
        );
        await two.B.KillAsync();
        await two.B.UpAsync();
        await two.B.PastesAsync(large, "application/octet-stream");
    }

    /// <summary>All of history, in the order of its text.</summary>
    private static async Task<string[]> PreviewsAsync(TossProgram program) =>
        [
            .. (await program.JsonAsync("history", "--limit", "100"))
                .EnumerateArray()
                .Select(entry => entry.GetProperty("preview").GetString()!)
                .Order(StringComparer.Ordinal),
        ];
}
