using System.Diagnostics;
using System.Security.Cryptography;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.Faults;

/// <summary>Copies at the limit and above it.</summary>
[Trait("Tier", "alone")]
public sealed class LargeCopyFaultTests
{
    private const int MiB = 1024 * 1024;

    /// <summary>An agent that holds the largest clip once or twice stays below; one that keeps what it refused does not.</summary>
    private const long MostPeak = 700L * MiB;

    [Fact]
    public async Task The_largest_copy_arrives_whole_and_a_larger_one_is_refused()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var alice = new FaultDevice();
        await using var bob = new FaultDevice();
        await alice.UpAsync(relay.Url);
        await bob.UpAsync();
        await alice.PairAsync(bob);
        await alice.Control.SetConfigAsync("max-size", "64", default);
        var content = RandomNumberGenerator.GetBytes(65 * MiB);

        for (var i = 0; i < 3; i++)
        {
            var refused = await alice.RunAsync(content, "copy", "--type", "image/png", "--json");
            Assert.True(refused.ExitCode == 4, refused.ToString());
            Assert.Contains("\"too-large\"", refused.Errors, StringComparison.Ordinal);
            Assert.Contains("64 MiB", refused.Errors, StringComparison.Ordinal);
        }
        Assert.Empty(await alice.HistoryAsync());

        var largest = content.AsMemory(0, 64 * MiB);
        var since = Stopwatch.StartNew();
        var copied = await alice.RunAsync(largest, "copy", "--type", "image/png");
        Assert.True(copied.ExitCode == 0, copied.ToString());
        var recorded = since.Elapsed;
        byte[]? pasted = null;
        await FaultDevice.UntilAsync(
            () => $"64 MiB at bob; log:\n{bob.Log}",
            async () =>
            {
                pasted = await PasteImageAsync(bob);
                return pasted is not null;
            }
        );
        TestContext.Current.TestOutputHelper?.WriteLine($"copy {recorded}, pasted after {since.Elapsed}");
        Assert.True(largest.Span.SequenceEqual(pasted), "The content differs.");
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(20), $"copy {recorded}, pasted after {since.Elapsed}");
        foreach (var device in (FaultDevice[])[alice, bob])
        {
            var peak = ProcessMemory.Peak(device.AgentId!.Value);
            TestContext.Current.TestOutputHelper?.WriteLine($"peak {peak / MiB} MiB");
            Assert.True(peak < MostPeak, $"The agent took {peak / MiB} MiB at its peak.");
        }
    }

    [Fact]
    public async Task A_copy_of_another_program_that_is_too_large_is_left_alone_and_logged()
    {
        await using var server = await XvfbServer.StartAsync();
        await using var programs = new X11Programs(server.Display);
        await using var device = new FaultDevice(null, ("DISPLAY", server.Display));
        await device.UpAsync(headless: false);
        await device.WaitAsync("the clipboard", status => status.Clipboard is { Backend: "x11", State: "listening" });
        await device.Control.SetConfigAsync("max-size", "64", default);
        var agent = device.AgentId!.Value;
        var large = new byte[70 * MiB];
        Array.Fill(large, (byte)'x');
        await programs.XclipCopyAsync(large);
        await FaultDevice.UntilAsync(
            () => $"a line in the log:\n{device.Log}",
            () => Task.FromResult(device.Log.Contains("not shared: TooLarge", StringComparison.Ordinal))
        );
        await programs.XclipCopyAsync("small enough");
        await device.HasInHistoryAsync("small enough");
        Assert.Equal(["small enough"], await device.HistoryAsync());
        Assert.Equal(agent, device.AgentId);
        Assert.True(
            ProcessMemory.Peak(agent) < MostPeak,
            $"The agent took {ProcessMemory.Peak(agent) / MiB} MiB at its peak."
        );
    }

    private static async Task<byte[]?> PasteImageAsync(FaultDevice device)
    {
        var content = await Watchdog.Within(
            device.Control.PasteAsync("image/png", null, CancellationToken.None),
            "a paste"
        );
        if (content is null)
        {
            return null;
        }
        await using var stream = content.Content;
        var bytes = new MemoryStream();
        await Watchdog.Within(stream.CopyToAsync(bytes), "the content");
        return bytes.ToArray();
    }
}
