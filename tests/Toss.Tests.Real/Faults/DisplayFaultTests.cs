using System.Text;
using Toss.Testing.Platform;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.Faults;

/// <summary>The X server goes away under an agent.</summary>
public sealed class DisplayFaultTests
{
    [Fact]
    public async Task A_copy_made_while_the_display_is_lost_is_there_when_it_is_back()
    {
        await using var relay = await RelayProcess.StartAsync();
        var server = await XvfbServer.StartAsync();
        try
        {
            await using var alice = new FaultDevice();
            await using var bob = new FaultDevice(null, ("DISPLAY", server.Display));
            await alice.UpAsync(relay.Url);
            await bob.UpAsync(headless: false);
            await bob.WaitAsync("the clipboard", status => status.Clipboard is { Backend: "x11", State: "listening" });
            await alice.PairAsync(bob);
            var agent = bob.AgentId;

            await server.KillAsync();
            await bob.WaitAsync("the loss", status => status.Clipboard.State == "lost");
            var said = await bob.RunAsync("status");
            Assert.Equal(0, said.ExitCode);
            Assert.Contains("clipboard went away", said.Errors, StringComparison.Ordinal);
            await alice.CopyAsync("while lost");
            await bob.HasInHistoryAsync("while lost");

            await server.DisposeAsync();
            server = await XvfbServer.StartAsync(server.Number);
            await bob.WaitAsync("the clipboard again", status => status.Clipboard.State == "listening");
            await using var programs = new X11Programs(server.Display);
            Assert.Equal("while lost", Encoding.UTF8.GetString(await programs.XclipPasteAsync("UTF8_STRING")));
            await programs.XclipCopyAsync("back again");
            await alice.HasClipboardAsync("back again");
            Assert.Equal(agent, bob.AgentId);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_display_that_is_not_there_yet_does_not_stop_the_start()
    {
        // Taken and given back: nobody else has the number, and nothing listens there.
        var server = await XvfbServer.StartAsync();
        await using var device = new FaultDevice(null, ("DISPLAY", server.Display));
        await server.DisposeAsync();
        await device.UpAsync(headless: false);
        await device.CopyAsync("without a display");
        Assert.Equal(["without a display"], await device.HistoryAsync());
        await using var late = await XvfbServer.StartAsync(server.Number);
        await device.WaitAsync("the clipboard", status => status.Clipboard.State == "listening");
        await using var programs = new X11Programs(late.Display);
        Assert.Equal("without a display", Encoding.UTF8.GetString(await programs.XclipPasteAsync("UTF8_STRING")));
    }
}
