using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Two processes that keep a link: what is copied goes from one to the other, and the relay may be gone.</summary>
public sealed class LinkProgramTests
{
    [Fact]
    public async Task Paired_devices_find_each_other_and_share_though_the_relay_is_dead()
    {
        await using var two = await TwoPrograms.PairedAsync(usesLinks: true);
        await two.A.LinkedAsync();
        await two.B.LinkedAsync();

        await two.Relay.KillAsync();
        await two.A.CopyAsync("from A, without a relay");
        await two.B.PastesAsync("from A, without a relay");
        await two.B.CopyAsync("from B, without a relay");
        await two.A.PastesAsync("from B, without a relay");
        await Eventually.HoldsAsync(
            "receipts over the link",
            async () => (await two.A.JsonAsync("status")).GetProperty("peers")[0].GetProperty("pending").GetInt32() == 0
        );
    }

    [Fact]
    public async Task The_link_is_measured_both_ways_and_without_one_that_is_said()
    {
        await using var two = await TwoPrograms.PairedAsync(usesLinks: true);
        await two.A.LinkedAsync();
        await two.B.LinkedAsync();

        var report = await two.A.JsonAsync("bench", two.B.Name, "--size", "16");
        Assert.Equal(two.B.Name, report.GetProperty("name").GetString());
        Assert.Equal("lan", report.GetProperty("path").GetProperty("kind").GetString());
        Assert.True(report.GetProperty("upMBps").GetDouble() > 0, $"{report}");
        Assert.True(report.GetProperty("downMBps").GetDouble() > 0, $"{report}");
        Assert.True(report.GetProperty("rttP50Ms").GetDouble() <= report.GetProperty("rttP95Ms").GetDouble());
        Assert.Contains("MB/s", (await two.B.RunAsync("bench", two.A.Name, "--size", "1")).Exits(0).Output);

        await two.B.KillAsync();
        await Eventually.HoldsAsync(
            "the link to be over",
            async () =>
            {
                var bench = await two.A.RunAsync("bench", two.B.Name, "--size", "1", "--json");
                return bench.Exits(1).JsonError().GetProperty("code").GetString() == "no-link";
            }
        );
    }

    [Fact]
    public async Task A_device_that_stands_still_for_a_while_misses_nothing_and_is_linked_again()
    {
        await using var two = await TwoPrograms.PairedAsync(usesLinks: true);
        await two.A.LinkedAsync();
        await two.B.LinkedAsync();

        await SignalAsync("STOP", two.B.DaemonPid);
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await two.A.CopyAsync($"while B stands {i}");
            }
            await Eventually.HoldsAsync("A to give the link up", async () => await PathAsync(two.A) is not "lan");
        }
        finally
        {
            await SignalAsync("CONT", two.B.DaemonPid);
        }
        await two.B.PastesAsync("while B stands 2");
        await two.B.LinkedAsync();
        await two.A.LinkedAsync();
        await two.A.CopyAsync("when B runs again");
        await two.B.PastesAsync("when B runs again");
        await Eventually.HoldsAsync(
            "each copy to be there",
            async () => (await two.B.JsonAsync("history", "B ")).GetArrayLength() >= 4
        );
        Assert.Equal(
            ["when B runs again", "while B stands 0", "while B stands 1", "while B stands 2"],
            (await two.B.JsonAsync("history", "B "))
                .EnumerateArray()
                .Select(entry => entry.GetProperty("preview").GetString())
                .Order(StringComparer.Ordinal)
        );

        static async Task<string?> PathAsync(TossProgram program) =>
            (await program.JsonAsync("status")).GetProperty("peers")[0].GetProperty("path")
                is { ValueKind: System.Text.Json.JsonValueKind.Object } path
                ? path.GetProperty("kind").GetString()
                : null;
    }

    private static async Task SignalAsync(string signal, int pid)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{pid}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    [Fact]
    public async Task A_device_that_is_killed_is_linked_again_when_it_is_back()
    {
        await using var two = await TwoPrograms.PairedAsync(usesLinks: true);
        await two.A.LinkedAsync();
        await two.B.KillAsync();
        await two.A.CopyAsync("while B was gone");
        await two.B.UpAsync();
        await two.B.PastesAsync("while B was gone");
        await two.B.LinkedAsync();
        await two.A.LinkedAsync();
    }
}
