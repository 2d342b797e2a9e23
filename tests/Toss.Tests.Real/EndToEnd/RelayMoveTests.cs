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
}
