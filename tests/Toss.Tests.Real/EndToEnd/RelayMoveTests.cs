using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Two devices and two relays, each a process of its own.</summary>
public sealed class RelayMoveTests
{
    [Fact]
    public async Task A_device_changes_its_relay_without_losing_what_is_queued()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await using var second = await RelayProcess.StartAsync();
        var large = new byte[300_000];
        new Random(8).NextBytes(large);

        // B is off; the first copy waits in its mailbox, and the relay is gone when A moves.
        (await two.B.RunAsync("down")).Exits(0);
        await two.A.CopyAsync("before the move");
        await two.A.CopyAsync(large, "application/octet-stream");
        await two.Relay.KillAsync();
        (await two.A.RunAsync("config", "relay", second.Url.AbsoluteUri)).Exits(0);
        await two.A.RelayIsAsync("connected");
        await two.A.CopyAsync("after the move");
        await two.Relay.RestartAsync();
        await two.B.UpAsync();

        await two.B.PastesAsync("after the move");
        await Eventually.HoldsAsync(
            "B to have all three whole",
            async () =>
                (await two.B.Control.GetHistoryAsync(null, 10, CancellationToken.None)).Count(clip =>
                    clip.State == "complete"
                ) == 3,
            two.B.StateAsync
        );
        await two.B.CopyAsync("and back");
        await two.A.PastesAsync("and back");

        var status = await two.A.JsonAsync("status");
        Assert.Equal(second.Url.AbsoluteUri, status.GetProperty("relay").GetProperty("url").GetString());
        Assert.Equal(
            two.Relay.Url.AbsoluteUri,
            (await two.B.JsonAsync("status")).GetProperty("relay").GetProperty("url").GetString()
        );
    }

    /// <summary>
    /// Who removes has no companion any more at the other's relay, so nobody's token lets it in there; and its own relay is gone.
    /// </summary>
    [Fact]
    public async Task Who_is_removed_hears_of_it_at_a_relay_that_lets_its_remover_in_no_more()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["token"], "sesame");
        await using var first = await RelayProcess.StartAsync();
        await using var second = await RelayProcess.StartAsync(null, "--token-file", folder["token"]);
        await using var a = await TossProgram.StartAsync("alpha-desk", first.Url);
        await using var b = await TossProgram.StartAsync("beta-lap", null);
        (await b.RunAsync("config", "relay-token", "sesame")).Exits(0);
        (await b.RunAsync("config", "relay", second.Url.AbsoluteUri)).Exits(0);
        await b.RelayIsAsync("connected");
        await TwoPrograms.PairAsync(a, b, opened => [opened.Uri]);
        await a.CopyAsync("shared while together");
        await b.PastesAsync("shared while together");
        await Eventually.HoldsAsync(
            "A to have a mailbox where B lives",
            async () =>
                (await a.Control.GetStatusAsync(CancellationToken.None)).OtherRelays is [{ State: "connected" }],
            a.StateAsync
        );
        (await b.RunAsync("down")).Exits(0);
        await first.KillAsync();

        await a.JsonAsync("unpair", "beta-lap");
        await b.UpAsync();

        await Eventually.HoldsAsync(
            "B to hear that it was removed",
            async () => (await b.PeersAsync()).Length == 0,
            b.StateAsync
        );
        await DepartureTests.AssertLockedAsync(b);
    }
}
