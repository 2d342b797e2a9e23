using System.Globalization;
using System.Security.Cryptography;
using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Copied in one program and pasted in another, on two devices, without ever being in the memory of ours.</summary>
[Trait("Tier", "alone")]
public sealed class LargeCopyMemoryTests
{
    private const int MiB = 1024 * 1024;

    /// <summary>Queues, pieces, what is held in memory before it is seen that it is large, what the collector did not get to yet.</summary>
    private const long MostAboveIdle = 40L * MiB;

    [Theory]
    [InlineData("image/png")]
    [InlineData("UTF8_STRING")]
    public async Task A_quarter_of_a_gibibyte_goes_from_program_to_program_and_memory_stays_flat(string target)
    {
        using var folder = new TemporaryFolder();
        var sha256 = Write(folder["content"], text: target == "UTF8_STRING");
        await using var left = await XvfbServer.StartAsync();
        await using var right = await XvfbServer.StartAsync();
        await using var here = new X11Programs(left.Display);
        await using var there = new X11Programs(right.Display);
        await using var two = await TwoPrograms.PairedAsync(left.Display, right.Display, usesLinks: true);
        await two.A.LinkedAsync();
        await two.B.LinkedAsync();
        await here.XclipCopyAsync("both are awake");
        await two.B.HoldsAsync("both are awake"u8.ToArray(), "text/plain;charset=utf-8");
        var (idleA, idleB) = (ProcessMemory.Peak(two.A.DaemonPid), ProcessMemory.Peak(two.B.DaemonPid));

        await here.XclipCopyFileAsync(folder["content"], target);
        await Eventually.HoldsAsync(
            "it to be announced",
            async () => (await two.B.Control.GetHistoryAsync(null, 1, default))[0].State == "offered",
            two.A.StateAsync
        );
        await Eventually.HoldsAsync("its target", async () => (await there.TargetsAsync()).Contains(target));
        // A person does not paste at once.
        await Task.Delay(Core.Sync.PasteJudge.Reflex * 2);
        var pasted = await there.StreamAsync(target);

        var (peakA, peakB) = (ProcessMemory.Peak(two.A.DaemonPid), ProcessMemory.Peak(two.B.DaemonPid));
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"the first byte after {pasted.FirstByte.TotalMilliseconds:0} ms, all after {pasted.Total.TotalMilliseconds:0} ms; peak above idle: {Above(peakA, idleA):0.0} MiB where it was copied, {Above(peakB, idleB):0.0} MiB where it was pasted"
            )
        );
        Assert.Equal((256L * MiB, sha256), (pasted.Bytes, pasted.Sha256));
        Assert.InRange(peakA - idleA, 0, MostAboveIdle);
        Assert.InRange(peakB - idleB, 0, MostAboveIdle);
        Assert.Equal(256L * MiB, (await two.A.JsonAsync("history"))[0].GetProperty("size").GetInt64());
    }

    private static double Above(long peak, long idle) => (peak - idle) / (double)MiB;

    private static string Write(string path, bool text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = File.Create(path);
        var (random, piece) = (new Random(5), new byte[MiB]);
        for (var i = 0; i < 256; i++)
        {
            random.NextBytes(piece);
            for (var at = 0; text && at < piece.Length; at++)
            {
                piece[at] = (byte)('a' + (piece[at] % 26));
            }
            hash.AppendData(piece);
            stream.Write(piece);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
