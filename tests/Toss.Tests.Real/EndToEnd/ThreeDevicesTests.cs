using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Three devices: one joins by one of the others, one is removed by one of the others, two remove each other.</summary>
public sealed class ThreeDevicesTests
{
    private const string Target = "UTF8_STRING";

    [Fact]
    public async Task Paired_with_one_the_third_shares_with_both()
    {
        await using var screens = await Screens.StartAsync();
        await using var three = await ThreePrograms.PairedAsync(memberIsA: false, screens.Displays);
        for (var from = 0; from < three.All.Length; from++)
        {
            var text = Encoding.UTF8.GetBytes($"größer, from {three.All[from].Name}");
            await screens.Programs[from].XclipCopyAsync(text, Target);
            for (var to = 0; to < three.All.Length; to++)
            {
                await three.All[to].HoldsAsync(text, MediaTypes.Text);
                Assert.Equal(text, await screens.Programs[to].XclipPasteAsync(Target));
            }
        }
        foreach (var program in three.All)
        {
            Assert.Equal(3, (await program.JsonAsync("history")).GetArrayLength());
        }
    }

    /// <summary>B lets C in, A removes it while B is off and C speaks into a dead relay; B hears of it when it is back.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Removed_at_one_a_device_is_removed_everywhere(bool killed)
    {
        await using var screens = await Screens.StartAsync();
        await using var three = await ThreePrograms.PairedAsync(memberIsA: false, screens.Displays);
        var (here, there, gone) = (screens.Programs[0], screens.Programs[1], screens.Programs[2]);
        await here.XclipCopyAsync("shared by all three");
        await three.B.HoldsAsync("shared by all three"u8.ToArray(), MediaTypes.Text);
        await three.C.HoldsAsync("shared by all three"u8.ToArray(), MediaTypes.Text);
        if (killed)
        {
            await three.B.KillAsync();
        }
        else
        {
            (await three.B.RunAsync("down")).Exits(0);
        }

        // C does not know yet, and its words are under way when A decides. B hears of it from A: C is off meanwhile.
        await three.Relay.KillAsync();
        Assert.Equal(2, (await three.C.JsonAsync("copy", "said too late")).GetProperty("peers").GetInt32());
        await three.A.JsonAsync("unpair", three.C.Name);
        await three.HasPeersAsync(three.A, three.B.Name);
        await three.C.KillAsync();
        await three.Relay.RestartAsync();
        await three.B.UpAsync();
        await three.HasPeersAsync(three.B, three.A.Name);
        await three.C.UpAsync();
        await three.HasPeersAsync(three.C);
        await DepartureTests.AssertLockedAsync(three.C);

        // It can not write …
        await gone.XclipCopyAsync("nobody hears this");
        await three.C.HoldsAsync("nobody hears this"u8.ToArray(), MediaTypes.Text);
        Assert.Equal(0, (await three.C.JsonAsync("copy", "nor this")).GetProperty("peers").GetInt32());
        // … and the others go on without it: in A's mailbox this stands behind all that C ever sent.
        await there.XclipCopyAsync("between us two");
        await three.A.HoldsAsync("between us two"u8.ToArray(), MediaTypes.Text);
        await here.XclipCopyAsync("and back");
        await three.B.HoldsAsync("and back"u8.ToArray(), MediaTypes.Text);
        Assert.Equal(["and back", "between us two", "shared by all three"], await PreviewsAsync(three.A));
        Assert.Equal(["and back", "between us two", "shared by all three"], await PreviewsAsync(three.B));
        // … nor read.
        Assert.Equal("nor this"u8.ToArray(), await gone.XclipPasteAsync(Target));
        var traced = (await three.C.Control.GetTraceAsync(100, CancellationToken.None)).Select(trace => trace.Clip);
        Assert.NotEmpty(traced);
        Assert.Empty((await HistoryAsync(three.A)).IntersectBy(traced, clip => clip.Id));
    }

    /// <summary>
    /// A and B remove each other while neither hears the other. Both Revokes count, whichever is heard first; and with A
    /// goes C, which only A had let in. Each is then alone, and may begin anew.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_that_remove_each_other_are_both_removed_whoever_is_heard_first(bool firstIsA)
    {
        await using var three = await ThreePrograms.PairedAsync(memberIsA: true);
        await three.A.CopyAsync("shared by all three");
        await three.B.PastesAsync("shared by all three");
        await three.C.PastesAsync("shared by all three");
        var (first, second) = firstIsA ? (three.A, three.B) : (three.B, three.A);
        await three.Relay.KillAsync();
        await Task.WhenAll(first.JsonAsync("unpair", second.Name), second.JsonAsync("unpair", first.Name));
        await three.HasPeersAsync(first, firstIsA ? [three.C.Name] : []);
        await three.HasPeersAsync(second, firstIsA ? [] : [three.C.Name]);

        // The second is off until the first was heard: what it decided is on its disk only.
        await second.KillAsync();
        await three.Relay.RestartAsync();
        await three.HasPeersAsync(three.C, firstIsA ? [three.A.Name] : []);
        await second.UpAsync();
        foreach (var program in three.All)
        {
            await three.HasPeersAsync(program);
            await Eventually.HoldsAsync(
                $"{program.Name} to hear that it was removed",
                () => IsLockedAsync(program),
                three.StateAsync
            );
            await DepartureTests.AssertLockedAsync(program);
            Assert.Equal(0, (await program.JsonAsync("copy", $"of {program.Name}")).GetProperty("peers").GetInt32());
        }

        await TwoPrograms.PairAsync(three.A, three.B, opened => [opened.Uri]);
        await TwoPrograms.PairAsync(three.B, three.C, opened => [opened.Uri]);
        await three.HasPeersAsync(three.A, three.B.Name, three.C.Name);
        await three.HasPeersAsync(three.B, three.A.Name, three.C.Name);
        await three.HasPeersAsync(three.C, three.A.Name, three.B.Name);
        await three.C.CopyAsync("a new beginning");
        await three.A.PastesAsync("a new beginning");
        await three.B.PastesAsync("a new beginning");
    }

    private static Task<IReadOnlyList<HistoryEntry>> HistoryAsync(TossProgram program) =>
        program.Control.GetHistoryAsync(null, 100, CancellationToken.None);

    private static async Task<bool> IsLockedAsync(TossProgram program)
    {
        try
        {
            await HistoryAsync(program);
            return false;
        }
        catch (ControlException refusal) when (refusal.Code == ControlErrors.HistoryLocked)
        {
            return true;
        }
    }

    private static async Task<string[]> PreviewsAsync(TossProgram program) =>
        [.. (await HistoryAsync(program)).Select(clip => clip.Preview).Order(StringComparer.Ordinal)];

    /// <summary>Three X servers, and on each the programs that know nothing of us.</summary>
    private sealed class Screens(XvfbServer[] servers) : IAsyncDisposable
    {
        public string[] Displays { get; } = [.. servers.Select(server => server.Display)];

        public X11Programs[] Programs { get; } = [.. servers.Select(server => new X11Programs(server.Display))];

        public static async Task<Screens> StartAsync() =>
            new(await Task.WhenAll(XvfbServer.StartAsync(), XvfbServer.StartAsync(), XvfbServer.StartAsync()));

        public async ValueTask DisposeAsync()
        {
            foreach (var programs in Programs)
            {
                await programs.DisposeAsync();
            }
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }
}
