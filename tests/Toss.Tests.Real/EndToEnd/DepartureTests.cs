using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>How devices part: removed by another, or by their own wish. For good, and on both sides.</summary>
public sealed class DepartureTests
{
    [Fact]
    public async Task An_unpaired_device_hears_of_it_and_gets_nothing_more()
    {
        await using var two = await TwoPrograms.PairedAsync();
        Assert.Equal(
            "no-such-device",
            (await two.A.RunAsync("unpair", "gamma", "--json")).Exits(1).JsonError().GetProperty("code").GetString()
        );
        var removed = await two.A.JsonAsync("unpair", "BETA-LAP");
        Assert.Equal("beta-lap", removed.GetProperty("name").GetString());
        await AssertPartedAsync(two);
    }

    [Fact]
    public async Task A_device_that_leaves_is_gone_at_the_others()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await two.A.CopyAsync("shared while together");
        await two.B.PastesAsync("shared while together");
        await two.B.JsonAsync("leave");
        await AssertPartedAsync(two);
        // History stays; and to a device that was removed the code says at once that it is of no use.
        Assert.Equal(1, (await two.B.JsonAsync("history", "together")).GetArrayLength());
        await using var show = two.A.Begin("pair", "--json");
        var (_, uri) = await TwoPrograms.OpenedAsync(show);
        var refused = (await two.B.RunAsync("pair", uri, "--json")).Exits(4).JsonError();
        Assert.Equal("declined", refused.GetProperty("code").GetString());
        (await show.EndAsync()).Exits(4);
    }

    private static async Task AssertPartedAsync(TwoPrograms two)
    {
        await Eventually.HoldsAsync(
            "both to be alone",
            async () => (await two.A.PeersAsync()).Length == 0 && (await two.B.PeersAsync()).Length == 0,
            async () => $"{await two.A.StateAsync()}\n{await two.B.StateAsync()}"
        );
        Assert.Equal(0, (await two.A.JsonAsync("copy", "only for myself")).GetProperty("peers").GetInt32());
        Assert.Single((await two.B.JsonAsync("devices")).EnumerateArray());
        Assert.Equal(0, (await two.B.JsonAsync("history", "only for myself")).GetArrayLength());
    }
}
