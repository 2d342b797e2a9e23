using System.Globalization;
using Toss.Control;
using Toss.Testing.Net;
using Toss.Testing.Programs;
using Toss.Tests.Real.EndToEnd;
using Xunit;

namespace Toss.Tests.Real.Lab;

/// <summary>256 MiB between two real programs of one network, without a relay.</summary>
[Trait("Tier", "alone")]
public sealed class ResumeTests
{
    private const string Type = "application/octet-stream";

    /// <summary>As large as one copy may be.</summary>
    private const int Size = 64 * 1024 * 1024;

    private const int Copies = 4;

    private const long All = (long)Copies * Size;

    private readonly LabSwitch _network = new();

    [Fact]
    public async Task Who_is_killed_at_half_gets_the_rest_and_nothing_twice()
    {
        using var network = _network;
        var left = network.AddMachine("left", "10.77.0.1/24");
        // Else the interface counts one header for many packets, sometimes.
        left.Run("ip", "link", "set", "dev", LabSwitch.Device, "gso_max_segs", "1");
        await using var a = await StartAsync("anna", left);
        await using var b = await StartAsync("bert", network.AddMachine("right", "10.77.0.2/24"));
        await TwoPrograms.PairAsync(a, b, opened => [opened.Code]);
        await b.Control.SetConfigAsync("fetch-direct", "64", default);
        await a.LinkedAsync();
        await b.LinkedAsync();

        var undisturbed = await SendAsync(a, b, left, seed: 1, static () => Task.CompletedTask);
        var killed = await SendAsync(
            a,
            b,
            left,
            seed: 2,
            async () =>
            {
                await Eventually.HoldsAsync(
                    "half of it to be there",
                    async () => await DoneAsync(b, Copies) >= All / 2,
                    b.StateAsync
                );
                await b.KillAsync();
                await b.UpAsync();
            }
        );

        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"undisturbed {undisturbed:N0} bytes, killed {killed:N0}: {100.0 * (killed - undisturbed) / All:0.00} % more"
            )
        );
        Assert.InRange(killed - undisturbed, -All, All / 100);
        Assert.Empty(Directory.GetFiles(Path.Combine(b.Folders.Data, "blobs", "partial")));
        Assert.Empty(Directory.GetFiles(Path.Combine(b.Folders.Data, "blobs", "staging")));
    }

    /// <summary>Bytes that A's machine sent until B had all.</summary>
    private static async Task<long> SendAsync(
        TossProgram a,
        TossProgram b,
        LabNamespace machine,
        int seed,
        Func<Task> meanwhile
    )
    {
        var before = LabSwitch.BytesOf(machine, LabSwitch.Device);
        var held = (await b.Control.GetHistoryAsync(null, 100, default)).Count(IsWhole);
        var content = new byte[Size];
        for (var copy = 0; copy < Copies; copy++)
        {
            new Random((seed * Copies) + copy).NextBytes(content);
            await a.CopyAsync(content, Type);
        }
        await meanwhile();
        await Eventually.HoldsAsync(
            "all of it to be there",
            async () => (await b.Control.GetHistoryAsync(null, 100, default)).Count(IsWhole) == held + Copies,
            b.StateAsync
        );
        await b.PastesAsync(content, Type);
        return LabSwitch.BytesOf(machine, LabSwitch.Device) - before;

        static bool IsWhole(HistoryEntry entry) => entry is { Size: Size, State: "complete" };
    }

    /// <summary>Bytes of the newest copies that B has, of those that are not whole what its status says.</summary>
    private static async Task<long> DoneAsync(TossProgram b, int copies)
    {
        var newest = await b.Control.GetHistoryAsync(null, copies, default);
        var coming = (await b.Control.GetStatusAsync(default)).Transfers;
        return newest
            .Where(entry => entry.Size == Size)
            .Sum(entry =>
                coming.FirstOrDefault(one => one.Clip == entry.Id)?.Done ?? (entry.State == "complete" ? Size : 0)
            );
    }

    private static Task<TossProgram> StartAsync(string name, LabNamespace machine) =>
        TossProgram.StartAsync(name, relay: null, programs: BuiltPrograms.Default.In(machine), usesLinks: true);
}
