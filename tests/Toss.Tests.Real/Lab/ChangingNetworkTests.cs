using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Testing.Net;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Lab;

/// <summary>
/// Two devices that share directly while the network changes under them: A copies a text every 100 ms, and each copied
/// something large just before. Nothing may be lost, doubled or out of order, and at the end the path is direct again. How long
/// B waited at most is reported; what it may be is asserted in virtual time, by the simulator.
/// </summary>
public sealed class ChangingNetworkTests(LabTable table)
{
    private const int Large = 16 << 20;

    /// <summary>In each of the three parts: before the change, during, and after it.</summary>
    private static readonly int s_copies = int.Parse(
        Environment.GetEnvironmentVariable("TOSS_LAB_COPIES") ?? "20",
        CultureInfo.InvariantCulture
    );

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(100);

    [Fact]
    public Task The_direct_path_is_cut_and_comes_back() =>
        WhileAsync(LabNetwork.Cut, Sync((lab, _) => lab.CutDirect()), Sync((lab, _) => lab.RestoreDirect()));

    [Fact]
    public Task The_NAT_forgets_all_mappings() =>
        WhileAsync(LabNetwork.Rebound, Sync((lab, _) => lab.NatA.Rebind(52_000)));

    [Fact]
    public Task A_goes_from_Wi_Fi_to_cable() => WhileAsync(LabNetwork.Moved, Sync((lab, _) => lab.MoveA()));

    [Fact]
    public Task The_relay_restarts() =>
        WhileAsync(LabNetwork.RelayRestarted, static (_, pair) => pair.Relay!.RestartAsync());

    /// <summary>Its processes stand still, as they do in a machine that sleeps.</summary>
    [Fact]
    public Task B_sleeps_and_wakes() =>
        WhileAsync(
            LabNetwork.Slept,
            Sync((_, pair) => Signal("STOP", pair.B)),
            Sync((_, pair) => Signal("CONT", pair.B))
        );

    private async Task WhileAsync(
        LabNetwork row,
        Func<NatLab, LabPair, Task> change,
        Func<NatLab, LabPair, Task>? back = null
    )
    {
        using var lab = new NatLab();
        await using var pair = await LabPair.PairedAsync(lab);
        await pair.A.LinkedAsync();
        await pair.B.LinkedAsync();
        using var over = new CancellationTokenSource();
        var waits = LongestWaitAsync(pair.B, over.Token);

        var texts = new List<string>();
        await CopiesAsync(pair.A, texts);
        var (fromA, fromB) = (RandomNumberGenerator.GetBytes(Large), RandomNumberGenerator.GetBytes(Large));
        await pair.A.CopyAsync(fromA, MediaTypes.Png);
        await pair.B.CopyAsync(fromB, MediaTypes.Png);
        await change(lab, pair);
        await CopiesAsync(pair.A, texts);
        await (back?.Invoke(lab, pair) ?? Task.CompletedTask);
        await CopiesAsync(pair.A, texts);

        await pair.B.HoldsAsync(Encoding.UTF8.GetBytes(texts[^1]), MediaTypes.Text);
        await over.CancelAsync();
        var longest = await waits;
        await HasAllAsync(pair.B, texts);
        await HasAllAsync(pair.A, texts);
        await pair.A.LinkedAsync();
        await pair.B.LinkedAsync();
        Assert.Equal("direct", (await LabPair.PathOfAsync(pair.A)).GetProperty("kind").GetString());
        await pair.ShareTextAsync("and it goes on");
        table.Add(
            row.Row,
            string.Create(
                CultureInfo.InvariantCulture,
                $"direct; of {texts.Count} texts none lost or doubled, the longest wait for one {longest.TotalSeconds:0.0} s"
            )
        );
    }

    private static async Task CopiesAsync(TossProgram device, List<string> texts)
    {
        for (var i = 0; i < s_copies; i++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"copy {texts.Count}");
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
            await device.Control.CopyAsync(MediaTypes.Text, content, false, CancellationToken.None);
            texts.Add(text);
            // What somebody does who copies that often; nothing waits for it.
            await Task.Delay(s_pace);
        }
    }

    /// <summary>Waits until the history holds both large clips whole, and every text once, in order.</summary>
    private static async Task HasAllAsync(TossProgram device, List<string> texts)
    {
        string[] held = [];
        await Eventually.HoldsAsync(
            $"{device.Name} to hold {texts.Count} texts once each, in order, and two large clips",
            async () =>
            {
                var history = await device.Control.GetHistoryAsync(null, texts.Count + 10, CancellationToken.None);
                held =
                [
                    .. history.Reverse().Where(one => one.Size < Large).Select(one => one.Preview),
                    .. history.Where(one => one.Size >= Large).Select(one => $"large, {one.State}"),
                ];
                return held.SequenceEqual([.. texts, "large, complete", "large, complete"]);
            },
            () => Task.FromResult(string.Join(", ", held))
        );
    }

    /// <summary>Between two texts on this clipboard, as somebody sees it who looks all the time.</summary>
    private static async Task<TimeSpan> LongestWaitAsync(TossProgram device, CancellationToken over)
    {
        var (last, at, longest) = ("", Stopwatch.GetTimestamp(), TimeSpan.Zero);
        while (!over.IsCancellationRequested)
        {
            var history = await device.Control.GetHistoryAsync("copy", 1, CancellationToken.None);
            if (history is [{ Preview: var seen }] && seen != last)
            {
                var waited = Stopwatch.GetElapsedTime(at);
                longest = last.Length > 0 && waited > longest ? waited : longest;
                (last, at) = (seen, Stopwatch.GetTimestamp());
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }
        return longest;
    }

    private static void Signal(string name, TossProgram device) =>
        RunningProgram.Run("kill", [$"-{name}", device.DaemonPid.ToString(CultureInfo.InvariantCulture)]);

    private static Func<NatLab, LabPair, Task> Sync(Action<NatLab, LabPair> act) =>
        (lab, pair) =>
        {
            act(lab, pair);
            return Task.CompletedTask;
        };
}
