using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Toss.Benchmarks.Quic;
using Toss.Control;
using Toss.Quic;
using Toss.Testing.Net;
using Toss.Testing.Platform;

namespace Toss.Benchmarks.Lan;

/// <summary>How one program moved bytes from A to B: medians of the rounds.</summary>
/// <param name="Rate">10^6 bytes a second.</param>
/// <param name="Sender">Processor seconds for a GB (10^9 bytes) of content.</param>
internal sealed record LanCarriage(string Program, double Rate, double Sender, double Receiver);

/// <summary>`toss bench`, iperf3 over TCP and ngtcp2 in turn between the same two machines.</summary>
internal static class LanThroughput
{
    public const int Rounds = 5;
    public const int Megabytes = 64;
    public const string Ours = "`toss bench`";
    public const string Ngtcp2 = "ngtcp2";
    public const string Iperf = "iperf3 (TCP)";
    private const int Bytes = Megabytes * 1_000_000;
    private const int IperfPort = 5201;

    public static async Task<IReadOnlyList<LanCarriage>> MeasureAsync(LanWorld world)
    {
        using var documents = new Ngtcp2Run(Bytes);
        await using var theirs = await documents.StartAsync(
            CipherSuite.Aes256GcmSha384,
            "cubic",
            new IPEndPoint(IPAddress.Parse(LanWorld.AddressOfB), 4433),
            world.MachineB,
            world.MachineA
        );
        await using var iperf = world.MachineB.Start("iperf3", "-s", "-p", $"{IperfPort}", "--forceflush");
        await iperf.LineAsync("it listens", line => line.Contains("listening", StringComparison.Ordinal));
        var all = new List<LanCarriage>();
        for (var round = -1; round < Rounds; round++)
        {
            Console.Error.WriteLine($"bench: {Megabytes} MB, round {round + 1} of {Rounds}");
            LanCarriage[] carried = [await TossAsync(world), await Ngtcp2Async(theirs), Iperf3(world.MachineA)];
            if (round >= 0) // the first warms up
            {
                all.AddRange(carried);
            }
        }
        return
        [
            .. all.GroupBy(one => one.Program)
                .Select(group => new LanCarriage(
                    group.Key,
                    Medians.Of(group, one => one.Rate),
                    Medians.Of(group, one => one.Sender),
                    Medians.Of(group, one => one.Receiver)
                )),
        ];
    }

    /// <summary>It goes both ways, one after the other; the receiver's share is A's own when it comes back.</summary>
    public static async Task<LanCarriage> TossAsync(LanWorld world)
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                var report = await Watchdog.Within(
                    world.A.Control.BenchAsync("bert", Megabytes, CancellationToken.None),
                    "toss bench"
                );
                return new LanCarriage(Ours, report.UpMBps, Seconds(report.UpCpuMs), Seconds(report.DownCpuMs));
            }
            catch (ControlException busy)
                when (busy.Code == ControlErrors.Busy && Stopwatch.GetElapsedTime(begin) < 2 * Watchdog.Patience)
            {
                // A device lets itself be measured twice a minute.
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }

        static double Seconds(double milliseconds) => milliseconds / Megabytes;
    }

    private static async Task<LanCarriage> Ngtcp2Async(Ngtcp2Run.Server server)
    {
        var (sender, receiver) = await server.CarryAsync();
        return new LanCarriage(
            Ngtcp2,
            Megabytes / receiver.Seconds,
            sender.Cpu * 1000 / Megabytes,
            receiver.Cpu * 1000 / Megabytes
        );
    }

    private static LanCarriage Iperf3(LabNamespace from)
    {
        var said = from.Run("iperf3", "-c", LanWorld.AddressOfB, "-p", $"{IperfPort}", "-n", $"{Bytes}", "-J");
        using var parsed = JsonDocument.Parse(said);
        var end = parsed.RootElement.GetProperty("end");
        var received = end.GetProperty("sum_received");
        var cpu = end.GetProperty("cpu_utilization_percent");
        var took = received.GetProperty("seconds").GetDouble();
        return new LanCarriage(
            Iperf,
            received.GetProperty("bits_per_second").GetDouble() / 8e6,
            took * cpu.GetProperty("host_total").GetDouble() / 100 * 1000 / Megabytes,
            took * cpu.GetProperty("remote_total").GetDouble() / 100 * 1000 / Megabytes
        );
    }
}
