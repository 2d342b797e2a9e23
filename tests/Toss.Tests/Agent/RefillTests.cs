using Toss.Control;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class RefillTests
{
    [Fact]
    public async Task After_a_start_the_empty_clipboard_holds_the_newest_clip_again_unless_sharing_is_paused()
    {
        using var folder = new TemporaryFolder();
        await using var agent = await TestAgent.StartAsync(folder["a"], "Anna");
        agent.Copy("older");
        agent.Copy("newest");
        await TestPairing.Until(
            async () => (await agent.Control.GetHistoryAsync(null, 10, default)).Count == 2,
            "both copies to be recorded"
        );

        await agent.StopAsync();
        await agent.StartAsync();
        Assert.Equal("newest", await TestPairing.TextAsync(agent.Control));

        await agent.Control.PauseAsync(null, default);
        await agent.StopAsync();
        await agent.StartAsync();
        Assert.Null(await TestPairing.TextAsync(agent.Control));
    }
}
