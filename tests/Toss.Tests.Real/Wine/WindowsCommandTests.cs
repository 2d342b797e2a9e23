using System.Text;
using Toss.Core.Clips;
using Toss.Testing.Wine;
using Xunit;

namespace Toss.Tests.Real.Wine;

/// <summary>The commands of toss.exe, one after another as a user types them.</summary>
[Collection(nameof(WineCollection))]
[Trait("Tier", "wine")]
public sealed class WindowsCommandTests(WineFixture wine)
{
    [Fact]
    public async Task Goes_up_copies_pastes_tells_and_goes_down()
    {
        await using var toss = new WineToss(wine.Prefix, "commands");
        (await toss.RunAsync("status")).Exits(3);
        await toss.UpAsync("--headless");
        Assert.False((await toss.JsonAsync("up", "--headless")).GetProperty("started").GetBoolean());

        var text = Encoding.UTF8.GetBytes("gr\u00fc\u00dfe \u4f60\u597d\r\nsecond line");
        await toss.CopyAsync(text, MediaTypes.Text);
        await toss.PastesAsync(text, MediaTypes.Text);
        var status = await toss.JsonAsync("status");
        Assert.Equal("commands", status.GetProperty("device").GetProperty("name").GetString());
        Assert.Equal("headless", status.GetProperty("clipboard").GetProperty("backend").GetString());
        Assert.Equal(1, (await toss.JsonAsync("history")).GetArrayLength());

        (await toss.RunAsync("down")).Exits(0);
        (await toss.RunAsync("status")).Exits(3);
        Assert.Contains("Stopped", toss.Log(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_agent_leaves_what_was_acknowledged_and_the_next_one_starts()
    {
        await using var toss = new WineToss(wine.Prefix, "killed");
        await toss.UpAsync("--headless");
        var device = (await toss.JsonAsync("status")).GetProperty("device").GetProperty("id").GetString();
        await toss.CopyAsync("kept"u8.ToArray(), MediaTypes.Text);
        await toss.KillAsync();
        (await toss.RunAsync("status")).Exits(3);

        await toss.UpAsync("--headless");
        Assert.Equal(device, (await toss.JsonAsync("status")).GetProperty("device").GetProperty("id").GetString());
        Assert.Equal(1, (await toss.JsonAsync("history")).GetArrayLength());
    }
}
