using System.Net;
using System.Net.Sockets;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Transport.Mdns;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Real agents on machines of one network, and no relay anywhere.</summary>
public sealed class LocalNetworkTests
{
    [Theory]
    [InlineData("10.77.0.1/24", "10.77.0.2/24")]
    [InlineData(null, null)] // nothing but link-local IPv6
    public async Task Two_devices_pair_and_share_with_no_relay_at_all(string? left, string? right)
    {
        using var network = new LabSwitch();
        await using var a = await StartAsync("anna", network.AddMachine("left", [.. Of(left)]));
        await using var b = await StartAsync("bert", network.AddMachine("right", [.. Of(right)]));

        await TwoPrograms.PairAsync(a, b, opened => [opened.Code]);
        await a.LinkedAsync();
        await b.LinkedAsync();
        await a.CopyAsync("from A, and nobody between");
        await b.PastesAsync("from A, and nobody between");
        var picture = new byte[300_000];
        new Random(5).NextBytes(picture);
        await b.CopyAsync(picture, "application/octet-stream");
        await a.PastesAsync(picture, "application/octet-stream");

        // Both stop and start: they find each other again, at other ports.
        await a.KillAsync();
        await b.KillAsync();
        await a.UpAsync();
        await b.UpAsync();
        await b.CopyAsync("after a restart");
        await a.PastesAsync("after a restart");
    }

    [Fact]
    public async Task A_wrong_code_and_a_network_of_strangers_say_what_to_do()
    {
        using var network = new LabSwitch();
        await using var a = await StartAsync("anna", network.AddMachine("left", "10.77.0.1/24"));
        await using var b = await StartAsync("bert", network.AddMachine("right", "10.77.0.2/24"));

        await using (var show = a.Begin("pair", "--json"))
        {
            var (code, _) = await TwoPrograms.OpenedAsync(show);
            var wrong = code[..^1] + (char)('0' + ((code[^1] - '0' + 1) % 10));
            (await b.RunAsync("pair", wrong)).Exits(4);
            show.Interrupt();
            await show.EndAsync();
        }
        var alone = await b.RunAsync("pair", "123-456 789");
        Assert.NotEqual(0, alone.ExitCode);
        Assert.Contains("No device in this network shows this code", alone.Errors, StringComparison.Ordinal);
        Assert.Contains("toss config relay", alone.Errors, StringComparison.Ordinal);
    }

    /// <summary>Avahi runs on both machines, at the same port; it sees what we show, and we see what it shows.</summary>
    [Fact]
    public async Task Avahi_beside_us_sees_us_and_we_see_what_avahi_publishes()
    {
        using var network = new LabSwitch();
        var (left, right) = (network.AddMachine("left", "10.77.0.1/24"), network.AddMachine("right", "10.77.0.2/24"));
        await using var avahiLeft = await AvahiDaemon.StartAsync(left, "anna-desk");
        await using var avahiRight = await AvahiDaemon.StartAsync(right, "bert-desk");
        await using var a = await StartAsync("anna", left);
        await using var b = await StartAsync("bert", right);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Uri]);
        await a.LinkedAsync();

        var shown = "";
        await Eventually.HoldsAsync(
            "avahi-browse on A's machine to see B",
            () =>
            {
                shown =
                    avahiLeft
                        .Browse("_toss._udp")
                        .FirstOrDefault(line =>
                            line.Contains(";IPv4;", StringComparison.Ordinal)
                            && line.Contains(";10.77.0.2;", StringComparison.Ordinal)
                        )
                    ?? "";
                return Task.FromResult(shown.Length > 0);
            },
            () => Task.FromResult(string.Join('\n', avahiLeft.Browse("_toss._udp")))
        );
        Assert.Matches(
            """^=;eth0;IPv4;[0-9a-f]{16};_toss\._udp;local;[0-9a-f]{16}\.local;10\.77\.0\.2;\d+;"t=[0-9a-f]{16}"$""",
            shown
        );
        Assert.DoesNotContain("bert", shown, StringComparison.Ordinal);
        Assert.Empty(avahiLeft.Browse("_toss-pair._udp"));

        // B's agent is gone without a word, and somebody else's multicast DNS shows its tag: A dials there.
        await b.KillAsync();
        using var listener = right.Inside(static () => new UdpClient(new IPEndPoint(IPAddress.Any, 0)));
        var port = ((IPEndPoint)listener.Client.LocalEndPoint!).Port;
        var tag = shown[(shown.IndexOf('"', StringComparison.Ordinal) + 1)..^1];
        await using var published = await avahiRight.PublishAsync("somebody", "_toss._udp", port, tag);
        var dialled = await Watchdog.Within(listener.ReceiveAsync(), "A to dial what avahi shows");
        Assert.Equal("10.77.0.1", dialled.RemoteEndPoint.Address.ToString());
        Assert.True(dialled.Buffer.Length >= 1200, $"{dialled.Buffer.Length} bytes are no first packet of QUIC");
    }

    /// <summary>Of 20,000 packets each.</summary>
    private const int Rounds = 12;

    /// <summary>Spoofed floods, giants, pointer loops and wrong tags: the agents go on, keep little, and log nothing of it.</summary>
    [Fact]
    [Trait("Tier", "alone")]
    public async Task Hostile_neighbours_change_nothing()
    {
        using var network = new LabSwitch();
        var (left, right) = (network.AddMachine("left", "10.77.0.1/24"), network.AddMachine("right", "10.77.0.2/24"));
        var liar = network.AddMachine("liar", "10.77.0.66/24");
        await using var a = await StartAsync("anna", left);
        await using var b = await StartAsync("bert", right);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Code]);
        await a.LinkedAsync();
        await b.KillAsync();
        var log = Path.Combine(a.Folders.State, "toss.log");
        var before = new FileInfo(log).Length;

        using var socket = liar.Inside(static () =>
        {
            var made = new UdpClient(new IPEndPoint(IPAddress.Parse("10.77.0.66"), MdnsNames.Port));
            return made;
        });
        var group = MdnsNames.GroupOf(isV6: false);
        var random = new Random(11);
        // What the first ones cost is a heap that grows to its size, which a processor with a large cache makes larger; more of
        // them cost nothing more.
        var memory = new List<long>();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < 20_000; i++)
            {
                var bytes = Hostile(random, i);
                await socket.SendAsync(bytes, bytes.Length, group);
            }
            memory.Add(ProcessMemory.Resident(a.DaemonPid) >> 20);
        }

        await b.UpAsync();
        await b.LinkedAsync();
        await a.CopyAsync("all the same");
        await b.PastesAsync("all the same");
        var after = new FileInfo(log).Length;
        Assert.True(after - before < 16 * 1024, $"the log grew by {after - before} bytes");
        Assert.True(memory[^1] - memory[Rounds / 2] < 24, $"MiB after each round: {string.Join(", ", memory)}");
        Assert.DoesNotContain("liar", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
    }

    private static byte[] Hostile(Random random, int i)
    {
        switch (i % 5)
        {
            case 0: // a pointer to itself
                return [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 12, 0, 1];
            case 1: // names as long as they can be, 200 times
                byte[] name =
                [
                    .. Enumerable.Repeat((byte[])[63, .. new byte[63]], 5).SelectMany(static label => label),
                ];
                return [0, 0, 0x84, 0, 0, 0, 0, 200, 0, 0, 0, 0, .. name, 0, 0, 12, 0, 1, 0, 0, 0, 1, 0, 0];
            case 2:
                var nonsense = new byte[random.Next(0, 1400)];
                random.NextBytes(nonsense);
                return nonsense;
            case 3: // a question, so that all answer
                var question = new DnsWriter(isResponse: false);
                question.TryAdd(new DnsQuestion(MdnsNames.Links, DnsType.Pointer));
                return question.ToArray();
            default: // somebody whom nobody knows
                var label = $"liar{random.Next():x8}";
                var (instance, host) = (MdnsNames.Links.Below(label), MdnsNames.Local.Below(label));
                var lie = new DnsWriter(isResponse: true);
                lie.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, instance));
                lie.TryAddAnswer(DnsRecord.Service(instance, 9, host));
                lie.TryAddAnswer(
                    DnsRecord.Text(instance, System.Text.Encoding.ASCII.GetBytes($"t={random.NextInt64():x16}"))
                );
                lie.TryAddAnswer(DnsRecord.Address(host, IPAddress.Parse("10.77.0.66")));
                return lie.ToArray();
        }
    }

    private static IEnumerable<string> Of(string? address) => address is null ? [] : [address];

    private static Task<TossProgram> StartAsync(string name, LabNamespace machine) =>
        TossProgram.StartAsync(name, relay: null, programs: BuiltPrograms.Default.In(machine), usesLinks: true);
}
