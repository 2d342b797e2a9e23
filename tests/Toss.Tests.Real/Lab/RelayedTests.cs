using System.Security.Cryptography;
using System.Text.Json;
using Toss.Testing.Net;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Lab;

/// <summary>What a relay carries for devices in two homes that have no direct path, or lose it.</summary>
public sealed class RelayedTests
{
    private const string Png = "image/png";
    private const int EightMiB = 8 << 20;

    [Fact]
    public async Task What_is_copied_after_the_direct_path_is_cut_passes_the_relay()
    {
        using var lab = new NatLab();
        await using var pair = await LabPair.PairedAsync(lab);
        await pair.A.LinkedAsync();
        await pair.B.LinkedAsync();

        lab.CutDirect();
        await pair.A.CopyAsync("through the relay");
        await pair.B.PastesAsync("through the relay");
        var before = lab.ServerBytes;
        var large = RandomNumberGenerator.GetBytes(EightMiB);
        await pair.B.CopyAsync(large, Png);
        await pair.A.PastesAsync(large, Png);
        // In, and out again.
        Assert.InRange(lab.ServerBytes - before, 2 * EightMiB, long.MaxValue);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the relay has no UDP port: over the WebSockets
    public async Task Where_nobody_can_punch_a_large_clip_goes_by_a_circuit_and_is_stored_nowhere(bool byUdp)
    {
        using var lab = new NatLab();
        lab.NatA.DrawPorts();
        lab.NatB.DrawPorts();
        await using var pair = await LabPair.PairedAsync(lab, byUdp ? [] : ["--udp", "off"]);
        await pair.A.CopyAsync("small");
        await pair.B.PastesAsync("small");
        Assert.Equal(0, Counted(lab, "circuitBytes"));

        var before = lab.ServerBytes;
        var large = RandomNumberGenerator.GetBytes(EightMiB);
        await pair.A.CopyAsync(large, Png);
        await pair.B.PastesAsync(large, Png);
        Assert.InRange(Counted(lab, "circuitBytes"), EightMiB, 2 * EightMiB);
        Assert.InRange(Counted(lab, "circuitBytesByUdp"), byUdp ? EightMiB / 2 : 0, byUdp ? 2 * EightMiB : 0);
        // And nothing of it was ever on the relay's disk: a mailbox with blobs would have a folder there.
        Assert.InRange(lab.ServerBytes - before, 2 * EightMiB, 4 * EightMiB);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(pair.Relay!.DataDirectory, "blobs")));
    }

    [Fact]
    public async Task A_relay_that_restarts_while_a_large_clip_goes_by_a_circuit_loses_nothing()
    {
        using var lab = new NatLab();
        lab.NatA.DrawPorts();
        lab.NatB.DrawPorts();
        await using var pair = await LabPair.PairedAsync(lab);
        await pair.A.CopyAsync("small");
        await pair.B.PastesAsync("small");

        var large = RandomNumberGenerator.GetBytes(4 * EightMiB);
        await pair.A.CopyAsync(large, Png);
        await Eventually.HoldsAsync(
            "a part of it to pass",
            () => Task.FromResult(Counted(lab, "circuitBytes") > EightMiB / 8),
            () => Task.FromResult($"{Counted(lab, "circuitBytes")} bytes")
        );
        await pair.Relay!.RestartAsync();
        await pair.B.PastesAsync(large, Png);
    }

    /// <summary>What the relay says at /health.</summary>
    private static long Counted(NatLab lab, string what)
    {
        var answer = lab.Server.Run(
            "bash",
            "-c",
            $"exec 3<>/dev/tcp/{lab.ServerAddress}/8787; "
                + "printf 'GET /health HTTP/1.0\r\nHost: relay\r\n\r\n' >&3; cat <&3"
        );
        using var health = JsonDocument.Parse(answer[answer.IndexOf('{')..(answer.LastIndexOf('}') + 1)]);
        return health.RootElement.GetProperty(what).GetInt64();
    }
}
