using System.Diagnostics;
using System.Text.Json;
using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>How devices part: removed by another, or by their own wish. For good, on both sides; who comes back is another device.</summary>
public sealed class DepartureTests
{
    [Fact]
    public async Task An_unpaired_device_hears_of_it_gets_nothing_more_and_comes_back_as_another()
    {
        await using var two = await TwoPrograms.PairedAsync();
        Assert.Equal(
            "no-such-device",
            (await two.A.RunAsync("unpair", "gamma", "--json")).Exits(1).JsonError().GetProperty("code").GetString()
        );
        await two.A.CopyAsync("shared while together");
        await two.B.PastesAsync("shared while together");
        var old = await IdAsync(two.B);
        var removed = await two.A.JsonAsync("unpair", "BETA-LAP");
        Assert.Equal(("beta-lap", old), (Text(removed, "name"), Text(removed, "id")));
        var missed = await AssertPartedAsync(two);
        await AssertLockedAsync(two.B);

        // At once, and as somebody else: what was copied in between is not for it either.
        await two.PairAsync();
        await AssertAnotherAsync(two, old);
        await AssertShareAsync(two, missed);
        // That it is a companion again does not open what was locked.
        await AssertLockedAsync(two.B, "while together");
        Assert.True((await two.B.JsonAsync("history")).GetArrayLength() > 0);
    }

    [Fact]
    public async Task A_device_that_leaves_is_gone_at_the_others_keeps_its_history_and_comes_back_as_another()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await two.A.CopyAsync("shared while together");
        await two.B.PastesAsync("shared while together");
        var old = await IdAsync(two.B);
        await two.B.JsonAsync("leave");
        var missed = await AssertPartedAsync(two);
        Assert.Equal(1, (await two.B.JsonAsync("history", "while together")).GetArrayLength());

        await two.PairAsync();
        await AssertAnotherAsync(two, old);
        await AssertShareAsync(two, missed);
        Assert.Equal(1, (await two.B.JsonAsync("history", "while together")).GetArrayLength());
        Assert.Equal(0, (await two.B.JsonAsync("history", "only for myself")).GetArrayLength());
    }

    /// <summary>A copy of the folder from before holds the old key, and knows nothing of its removal.</summary>
    [Fact]
    public async Task The_old_key_of_a_removed_device_neither_reads_nor_writes()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await two.B.CopyAsync("shared while together");
        await two.A.PastesAsync("shared while together");
        var old = await IdAsync(two.B);
        (await two.B.RunAsync("down")).Exits(0);
        await using var before = new TossProgram("beta-lap");
        using (var copy = Process.Start("cp", ["-a", two.B.Home, before.Home]))
        {
            await Watchdog.Within(copy.WaitForExitAsync(), "the folder to be copied");
            Assert.Equal(0, copy.ExitCode);
        }
        await two.A.JsonAsync("unpair", "beta-lap");
        await two.B.UpAsync();
        await AssertPartedAsync(two);
        (await two.B.RunAsync("down")).Exits(0);

        // Nobody told this one: its words come as far as A's mailbox.
        await before.UpAsync();
        Assert.Equal(old, await IdAsync(before));
        Assert.Equal(["alpha-desk"], await before.PeersAsync());
        await before.CopyAsync("said with the old key");
        await Eventually.HoldsAsync(
            "what the old key said to be with the relay",
            async () =>
                (await before.Control.GetHistoryAsync("said with", 1, CancellationToken.None))
                    is [{ Deliveries: [{ State: "sent" }] }],
            before.StateAsync
        );
        Assert.Equal(0, (await two.A.JsonAsync("copy", "said after the removal")).GetProperty("peers").GetInt32());
        await before.KillAsync();

        // Behind it in A's mailbox: when this is there, that was judged.
        await two.B.UpAsync();
        await two.PairAsync();
        await two.B.CopyAsync("said with the new key");
        await two.A.PastesAsync("said with the new key");
        Assert.Equal(
            ["only for myself", "said after the removal", "said with the new key", "shared while together"],
            (await two.A.JsonAsync("history"))
                .EnumerateArray()
                .Select(clip => Text(clip, "preview"))
                .Order(StringComparer.Ordinal)
        );
        await AssertAnotherAsync(two, old);
    }

    /// <summary>Waits until both are alone; what A then copies is for nobody. Returns that clip's id.</summary>
    private static async Task<string> AssertPartedAsync(TwoPrograms two)
    {
        await Eventually.HoldsAsync(
            "both to be alone",
            async () => (await two.A.PeersAsync()).Length == 0 && (await two.B.PeersAsync()).Length == 0,
            async () => $"{await two.A.StateAsync()}\n{await two.B.StateAsync()}"
        );
        var copied = await two.A.JsonAsync("copy", "only for myself");
        Assert.Equal(0, copied.GetProperty("peers").GetInt32());
        Assert.Single((await two.B.JsonAsync("devices")).EnumerateArray());
        return Text(copied, "clip");
    }

    /// <summary>Both ways; and nothing that B ever received was <paramref name="missed"/>.</summary>
    private static async Task AssertShareAsync(TwoPrograms two, string missed)
    {
        var copied = await two.A.JsonAsync("copy", "together again");
        await two.B.PastesAsync("together again");
        await two.B.CopyAsync("on both sides");
        await two.A.PastesAsync("on both sides");
        var seen = (await two.B.JsonAsync("trace", "--limit", "100"))
            .EnumerateArray()
            .Select(trace => Text(trace, "clip"))
            .ToArray();
        Assert.Contains(Text(copied, "clip"), seen);
        Assert.DoesNotContain(missed, seen);
    }

    private static async Task AssertAnotherAsync(TwoPrograms two, string old)
    {
        var id = await IdAsync(two.B);
        Assert.NotEqual(old, id);
        var peer = Assert.Single(await two.A.Control.GetDevicesAsync(CancellationToken.None), device => !device.Self);
        Assert.Equal((two.B.Name, id), (peer.Name, peer.Id));
    }

    internal static async Task AssertLockedAsync(TossProgram program, params string[] query)
    {
        var error = (await program.RunAsync(["history", "--json", .. query])).Exits(4).JsonError();
        Assert.Equal(ControlErrors.HistoryLocked, Text(error, "code"));
    }

    private static async Task<string> IdAsync(TossProgram program) =>
        Text((await program.JsonAsync("status")).GetProperty("device"), "id");

    private static string Text(JsonElement value, string name) => value.GetProperty(name).GetString()!;
}
