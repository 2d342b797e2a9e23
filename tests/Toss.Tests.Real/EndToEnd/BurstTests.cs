using System.Globalization;
using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>
/// As many copies as a program makes that copies twenty times a second for a minute, on a real display; here as fast as the device
/// takes them.
/// </summary>
[Trait("Tier", "alone")]
public sealed class BurstTests
{
    private const int Copies = 1200;

    /// <summary>After which caches and heaps have their size: seen at 500, and no more growth until 3,600.</summary>
    private const int Warm = 600;

    /// <summary>Half of what the others would take if 20 KiB of each stayed.</summary>
    private const long MostGrowth = 6 * 1024 * 1024;

    [Fact]
    public async Task A_burst_is_in_both_histories_whole_its_end_on_the_other_clipboard_and_nothing_stays_in_memory()
    {
        await using var left = await XvfbServer.StartAsync();
        await using var right = await XvfbServer.StartAsync();
        await using var user = new X11Clipboard(left.Display);
        await using var reader = new X11Programs(right.Display);
        await Watchdog.Within(user.StartAsync(spool: null, CancellationToken.None), "a program to be on its display");
        await using var two = await TwoPrograms.PairedAsync(left.Display, right.Display, usesLinks: true);
        long[] warm = [];
        for (var number = 1; number <= Copies; number++)
        {
            var text = TextOf(number);
            await Watchdog.Within(
                user.ApplyAsync(
                    new ClipContent([new(MediaTypes.Text, Encoding.UTF8.GetBytes(text))], Sensitivity.Normal),
                    default,
                    CancellationToken.None
                ),
                "a program to take the clipboard"
            );
            await Eventually.HoldsAsync("A to have it", async () => await NewestAsync(two.A) == text);
            if (number == Warm)
            {
                await AllAreThereAsync(two);
                warm = [ProcessMemory.Own(two.A.DaemonPid), ProcessMemory.Own(two.B.DaemonPid)];
            }
        }
        await AllAreThereAsync(two);
        foreach (var device in (TossProgram[])[two.A, two.B])
        {
            var history = await device.Control.GetHistoryAsync(null, 10_000, CancellationToken.None);
            Assert.Equal(Enumerable.Range(1, Copies).Select(TextOf).Reverse(), history.Select(clip => clip.Preview));
        }
        Assert.Equal(Encoding.UTF8.GetBytes(TextOf(Copies)), await reader.XclipPasteAsync("UTF8_STRING"));
        long[] after = [ProcessMemory.Own(two.A.DaemonPid), ProcessMemory.Own(two.B.DaemonPid)];
        Assert.All(after.Zip(warm), memory => Assert.InRange(memory.First - memory.Second, long.MinValue, MostGrowth));
    }

    private static string TextOf(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"copy {number:D4} of a burst");

    private static async Task<string?> NewestAsync(TossProgram device) =>
        (await device.Control.GetHistoryAsync(null, 1, CancellationToken.None)).FirstOrDefault()?.Preview;

    private static Task AllAreThereAsync(TwoPrograms two) =>
        Eventually.HoldsAsync(
            "B to have said of every copy that it came",
            async () =>
                Assert.Single((await two.A.Control.GetStatusAsync(CancellationToken.None)).Peers).Pending == 0
                && await NewestAsync(two.B) == await NewestAsync(two.A),
            async () => $"{await two.A.StateAsync()}\n{await two.B.StateAsync()}"
        );
}
