using System.Security.Cryptography;
using System.Text.Json;
using Toss.Testing.Net;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>
/// Devices in two homes behind NATs, and a relay between them. That a path is direct is not believed because `toss status`
/// says so: the bytes at the relay's interface are counted.
/// </summary>
public sealed class NatLabTests
{
    private const int Large = 2_000_000;
    private const int EightMiB = 8 << 20;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task Devices_behind_NATs_that_keep_a_port_meet_directly_and_go_on_relayed_when_cut(
        bool movesA,
        bool movesB
    )
    {
        using var lab = new NatLab();
        if (movesA)
        {
            lab.NatA.Rebind(50_000);
        }
        if (movesB)
        {
            lab.NatB.Rebind(51_000);
        }
        await using var homes = await Homes.PairedAsync(lab);
        await homes.A.LinkedAsync();
        await homes.B.LinkedAsync();
        Assert.Equal("direct", (await PathAsync(homes.A)).GetProperty("kind").GetString());

        var before = lab.ServerBytes;
        var large = RandomNumberGenerator.GetBytes(Large);
        await homes.A.CopyAsync(large, "image/png");
        await homes.B.PastesAsync(large, "image/png");
        Assert.InRange(lab.ServerBytes - before, 0, Large / 10);

        lab.CutDirect();
        await homes.A.CopyAsync("through the relay");
        await homes.B.PastesAsync("through the relay");
        large = RandomNumberGenerator.GetBytes(Large);
        before = lab.ServerBytes;
        await homes.B.CopyAsync(large, "image/png");
        await homes.A.PastesAsync(large, "image/png");
        Assert.InRange(lab.ServerBytes - before, 2 * Large, long.MaxValue);
    }

    [Theory]
    [InlineData(false, "the NAT of beta-lap opens another port for each peer")]
    [InlineData(true, "the NATs of both devices open another port for each peer")]
    public async Task Where_a_NAT_draws_ports_devices_stay_at_the_relay_and_say_why(bool drawsA, string why)
    {
        using var lab = new NatLab();
        lab.NatB.DrawPorts();
        if (drawsA)
        {
            lab.NatA.DrawPorts();
        }
        await using var homes = await Homes.PairedAsync(lab);
        await Eventually.HoldsAsync(
            "A to say why it is relayed",
            async () =>
                await PathAsync(homes.A) is { ValueKind: JsonValueKind.Object } path
                && path.GetProperty("kind").GetString() == "relay"
                && path.TryGetProperty("why", out var said)
                && said.GetString()!.StartsWith(why, StringComparison.Ordinal),
            async () => (await homes.A.JsonAsync("status")).ToString()
        );
        await homes.A.CopyAsync("relayed");
        await homes.B.PastesAsync("relayed");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the relay has no UDP port: over the WebSockets
    public async Task Where_nobody_can_punch_a_large_clip_goes_by_a_circuit_and_is_stored_nowhere(bool byUdp)
    {
        using var lab = new NatLab();
        lab.NatA.DrawPorts();
        lab.NatB.DrawPorts();
        await using var homes = await Homes.PairedAsync(lab, byUdp ? [] : ["--udp", "off"]);
        await homes.A.CopyAsync("small");
        await homes.B.PastesAsync("small");
        Assert.Equal(0, homes.Counted("circuitBytes"));

        var before = lab.ServerBytes;
        var large = RandomNumberGenerator.GetBytes(EightMiB);
        await homes.A.CopyAsync(large, "image/png");
        await homes.B.PastesAsync(large, "image/png");
        Assert.InRange(homes.Counted("circuitBytes"), EightMiB, 2 * EightMiB);
        Assert.InRange(homes.Counted("circuitBytesByUdp"), byUdp ? EightMiB / 2 : 0, byUdp ? 2 * EightMiB : 0);
        // In, and out again; and nothing of it was ever on the relay's disk, not even for a moment.
        Assert.InRange(lab.ServerBytes - before, 2 * EightMiB, 4 * EightMiB);
        Assert.Empty(homes.StoredBlobs);
    }

    [Fact]
    public async Task A_relay_that_restarts_while_a_large_clip_goes_by_a_circuit_loses_nothing()
    {
        using var lab = new NatLab();
        lab.NatA.DrawPorts();
        lab.NatB.DrawPorts();
        await using var homes = await Homes.PairedAsync(lab);
        await homes.A.CopyAsync("small");
        await homes.B.PastesAsync("small");

        var large = RandomNumberGenerator.GetBytes(4 * EightMiB);
        await homes.A.CopyAsync(large, "image/png");
        await Eventually.HoldsAsync(
            "a part of it to pass",
            () => Task.FromResult(homes.Counted("circuitBytes") > EightMiB / 8),
            () => Task.FromResult($"{homes.Counted("circuitBytes")} bytes")
        );
        await homes.RestartRelayAsync();
        await homes.B.PastesAsync(large, "image/png");
    }

    private static async Task<JsonElement> PathAsync(TossProgram device) =>
        (await device.JsonAsync("status")).GetProperty("peers")[0].GetProperty("path");

    private sealed class Homes : IAsyncDisposable
    {
        private readonly RelayProcess _relay;

        private readonly NatLab _lab;

        private Homes(NatLab lab, RelayProcess relay, TossProgram a, TossProgram b) =>
            (_lab, _relay, A, B) = (lab, relay, a, b);

        public TossProgram A { get; }

        public TossProgram B { get; }

        /// <summary>What the relay says at /health.</summary>
        public long Counted(string what)
        {
            var answer = _lab.Server.Run(
                "bash",
                "-c",
                $"exec 3<>/dev/tcp/{NatLab.ServerAddress}/8787; "
                    + "printf 'GET /health HTTP/1.0\r\nHost: relay\r\n\r\n' >&3; cat <&3"
            );
            using var health = JsonDocument.Parse(answer[answer.IndexOf('{')..(answer.LastIndexOf('}') + 1)]);
            return health.RootElement.GetProperty(what).GetInt64();
        }

        /// <summary>Mailboxes with blobs that the relay ever had on its disk.</summary>
        public IReadOnlyList<string> StoredBlobs =>
            Directory.GetFileSystemEntries(Path.Combine(_relay.DataDirectory, "blobs"));

        public Task RestartRelayAsync() => _relay.RestartAsync();

        public static async Task<Homes> PairedAsync(NatLab lab, params IReadOnlyList<string> options)
        {
            var relay = await RelayProcess.StartBuiltAsync(
                BuiltPrograms.Default.In(lab.Server),
                null,
                ["--listen", $"{NatLab.ServerAddress}:8787", .. options]
            );
            var a = new TossProgram("alpha-desk", programs: BuiltPrograms.Default.In(lab.A)) { UsesLinks = true };
            var b = new TossProgram("beta-lap", programs: BuiltPrograms.Default.In(lab.B)) { UsesLinks = true };
            var homes = new Homes(lab, relay, a, b);
            try
            {
                await a.UpAsync("--name", a.Name, "--relay", relay.Url.AbsoluteUri);
                await b.UpAsync("--name", b.Name);
                await TwoPrograms.PairAsync(a, b, opened => [opened.Uri]);
                return homes;
            }
            catch
            {
                await homes.DisposeAsync();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await A.DisposeAsync();
            await B.DisposeAsync();
            await _relay.DisposeAsync();
        }
    }
}
