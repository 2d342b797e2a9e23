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
