using System.Text;

namespace Toss.Benchmarks.Lan;

/// <summary>The figures of a local network as bench/results keeps them.</summary>
internal static class LanReport
{
    private const double StartAim = 1000;

    /// <param name="table">The lab's, of what was found between networks; empty if it was not asked for.</param>
    public static string Write(LanFigures figures, string commit, IReadOnlyList<string> table)
    {
        var text = new StringBuilder();
        text.AppendLine(
            $"""
            # Local network: figures of {commit}

            Measured by `scripts/bench lan`: native programs (`scripts/package`) on machines of one switch (network namespaces,
            veth), no relay, each desktop an Xvfb of its own. What is compared took turns in one run. Other programs may have
            had the machine as well: trust ratios and processor time, not milliseconds.

            - processor: {Machine.Processor}, {Environment.ProcessorCount} cores, load {Load()} when the run ended
            - kernel: {Machine.Kernel}
            - file system of the homes: {new DriveInfo(Path.GetTempPath()).DriveFormat}

            ## Aims

            | aim | measured | |
            |---|--:|---|
            """
        );
        Aims(text, figures);
        if (figures.Carried.Count > 0)
        {
            Clips(text, figures.Carried);
            Stages(text, figures.Stages);
        }
        if (figures.Carriages.Count > 0)
        {
            Throughput(text, figures.Carriages);
        }
        if (figures.Large is { } large)
        {
            Large(text, large);
        }
        if (figures.Starts is { } starts)
        {
            Starts(text, starts);
        }
        if (figures.Idle.Count > 0)
        {
            Idle(text, figures.Idle);
        }
        if (table.Count > 0)
        {
            Between(text, table);
        }
        return text.ToString();
    }

    private static void Aims(StringBuilder text, LanFigures figures)
    {
        foreach (var one in figures.Carried.Where(one => one.Bytes <= 4096))
        {
            foreach (var percent in (int[])[50, 95])
            {
                var (toss, kde) = (Of(one.Toss, percent), Of(one.Kde, percent));
                Aim(
                    text,
                    $"{Size(one.Bytes)}, p{percent} <= KDE Connect's",
                    $"{toss:0.0} ms, {kde:0.0} ms, ratio {toss / kde:0.00}",
                    toss <= kde
                );
            }
        }
        foreach (var one in figures.Carried.Where(one => one.Bytes >= 1_000_000))
        {
            var (toss, kde) = (Of(one.Toss, 50), Of(one.Kde, 50));
            Aim(
                text,
                $"{Size(one.Bytes)}, p50 <= half of KDE Connect's",
                $"{toss:0.0} ms, {kde:0.0} ms, ratio {toss / kde:0.00}",
                toss <= kde / 2
            );
        }
        if (figures.Large is { } large)
        {
            LargeAims(text, large);
        }
        if (figures.Starts is { Waiting: var waiting })
        {
            Aim(
                text,
                "agent start to first delivery, p50 <= 1 s",
                $"{waiting.Median:0} ms",
                waiting.Median <= StartAim
            );
        }
    }

    private static void Clips(StringBuilder text, IReadOnlyList<LanCarried> all)
    {
        text.AppendLine(
            $"""

            ## Copy to clipboard, beside KDE Connect {KdeConnect.Version}

            From just before a program on A's display takes CLIPBOARD to all bytes in the hands of a program on B's display that
            watches it; the same program, driven by events, for both. KDE Connect's two are on two more machines of the same switch, with its own
            clipboard plug-in; Toss seals, keeps rows that survive a crash, and sends receipts. CPU is processor time a clip of
            A's and B's agent, wake-ups are the times that a thread of it waited for another one, or for the disk.

            | text | Toss p50 | p95 | KDE Connect p50 | p95 | ratio p50 | p95 | CPU Toss A, B | CPU KDE Connect A, B | wake-ups Toss | KDE Connect | samples each |
            |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
            """
        );
        foreach (var one in all)
        {
            var (toss, kde) = (new Samples([.. one.Toss]), new Samples([.. one.Kde]));
            text.AppendLine(
                $"| {Size(one.Bytes)} | {toss.Median:0.0} ms | {toss.Percentile(95):0.0} ms "
                    + $"| {kde.Median:0.0} ms | {kde.Percentile(95):0.0} ms "
                    + $"| {toss.Median / kde.Median:0.00} | {toss.Percentile(95) / kde.Percentile(95):0.00} "
                    + $"| {Cpu(one.TossA, one.TossB)} | {Cpu(one.KdeA, one.KdeB)} "
                    + $"| {one.TossA.WakeUps:0}, {one.TossB.WakeUps:0} | {one.KdeA.WakeUps:0}, {one.KdeB.WakeUps:0} "
                    + $"| {toss.Count} |"
            );
        }
    }

    private static void Stages(StringBuilder text, IReadOnlyList<LanStage> stages)
    {
        text.AppendLine(
            $"""

            ## Where the milliseconds go

            `toss trace` of both devices, of the copies that took as long as the median of their size, and the medians of all of
            that size. From the beginning of A's first stage; B's on the same scale by the wall clock. What the trace has not: the
            program's events at A before, and those at B after.

            | bytes | device | stage | began | took | began, p50 | took, p50 |
            |--:|---|---|--:|--:|--:|--:|
            """
        );
        foreach (var one in stages)
        {
            text.AppendLine(
                $"| {one.Bytes:N0} | {one.Device} | {one.Name} | {one.At:0.00} ms | {one.Took:0.00} ms | {one.AtMedian:0.00} ms | {one.TookMedian:0.00} ms |"
            );
        }
    }

    private static void Throughput(StringBuilder text, IReadOnlyList<LanCarriage> all)
    {
        text.AppendLine(
            $"""

            ## Throughput

            {LanThroughput.Megabytes} MB (10^6 bytes) between the same two machines, medians of {LanThroughput.Rounds} rounds in turn, after one to warm
            up. `toss bench` measures a link that stands (TLS_AES_256_GCM_SHA384) from A to B, and A's processor as receiver when the same comes
            back; gtlsclient (the same suite) starts and shakes hands each time, from B to A; iperf3 encrypts nothing.
            CPU in seconds for 10^9 bytes.

            | program | MB/s | sender CPU s/GB | receiver CPU s/GB | rate to ngtcp2's | to iperf3's |
            |---|--:|--:|--:|--:|--:|
            """
        );
        var (quic, tcp) = (Rate(LanThroughput.Ngtcp2), Rate(LanThroughput.Iperf));
        foreach (var one in all)
        {
            text.AppendLine(
                $"| {one.Program} | {one.Rate:0} | {one.Sender:0.00} | {one.Receiver:0.00} | {one.Rate / quic:0.00} | {one.Rate / tcp:0.00} |"
            );
        }

        double Rate(string program) => all.Single(one => one.Program == program).Rate;
    }

    private static void LargeAims(StringBuilder text, LanLarge large)
    {
        var (paste, send, scp) = (Run(LanLarge.Paste), Run(LanLarge.Send), Run(LanLarge.Scp));
        Aim(
            text,
            "1 GiB >= 80 % of `toss bench`",
            $"{paste.Rate:0} MB/s of {large.Link:0}, {100 * paste.Rate / large.Link:0} %",
            paste.Rate >= large.Link * 0.8
        );
        Aim(
            text,
            "1 GiB from file to file at least at scp's rate",
            $"{send.Rate:0} MB/s, {scp.Rate:0}, ratio {send.Rate / scp.Rate:0.00}",
            send.Rate >= scp.Rate
        );
        Aim(
            text,
            "at no more processor time than scp",
            $"{send.Sender + send.Receiver:0.0} s, {scp.Sender + scp.Receiver:0.0} s",
            send.Sender + send.Receiver <= scp.Sender + scp.Receiver
        );
        var peak = large.Runs.Max(run => Math.Max(run.SenderPeak, run.ReceiverPeak));
        Aim(text, "memory <= 40 MiB above idle", $"{peak:0.0} MiB", peak <= 40);
        Aim(
            text,
            "32 B beside 1 GiB, p50 <= twice that of an idle link",
            $"{large.SmallBeside.Median:0.0} ms, {large.SmallIdle.Median:0.0} ms",
            large.SmallBeside.Median <= 2 * large.SmallIdle.Median
        );

        LanLargeRun Run(string program) => large.Runs.Single(run => run.Program == program);
    }

    private static void Large(StringBuilder text, LanLarge large)
    {
        text.AppendLine(
            $"""

            ## A gibibyte

            Noise, medians of {LanLarge.Rounds} rounds in turn. `toss paste`: copied and sealed at A before, from the command at B to the last
            byte in the reader's hands. The others go from a file at A to a file at B: `toss send`; scp (OpenSSH, its default cipher);
            magic-wormhole, whose programs start and pair each time; Syncthing, which runs, and is told to look into its folder. CPU is of the
            agents, and of all of the others' processes, in seconds for all of it; memory is the peak above what was in use before. `toss bench`
            in the same rounds: {large.Link:0} MB/s. The page cache is full before, so that nobody pays for memory that is touched first.

            | program | MB/s | to `toss bench` | sender CPU | receiver CPU | sender memory | receiver memory |
            |---|--:|--:|--:|--:|--:|--:|
            """
        );
        foreach (var run in large.Runs)
        {
            text.AppendLine(
                $"| {run.Program} | {run.Rate:0} | {run.Rate / large.Link:0.00} | {run.Sender:0.00} s | {run.Receiver:0.00} s "
                    + (
                        run.SenderPeak > 0
                            ? $"| {run.SenderPeak:0.0} MiB | {run.ReceiverPeak:0.0} MiB |"
                            : "| not measured | not measured |"
                    )
            );
        }
        text.AppendLine(
            $"""

            32 bytes every 100 ms from display to display: p50 {large.SmallIdle.Median:0.0} ms and p95 {large.SmallIdle.Percentile(
                95
            ):0.0} ms on an idle link, {large.SmallBeside.Median:0.0} and {large.SmallBeside.Percentile(
                95
            ):0.0} ms while gibibytes are sent ({large.SmallBeside.Count} each). Of two gibibytes
            sent at once the later was there {large.Shares:0.00} times as late as the earlier.
            """
        );
    }

    private static void Starts(StringBuilder text, LanStarts starts)
    {
        text.AppendLine(
            $"""

            ## Agent start to first delivery

            From the exec of `toss up` on B. The first is the text that A copied while B was off; the second one A copies when the first is there.
            B has the {(starts.Dials ? "smaller" : "larger")} id, so that {(
                starts.Dials ? "it dials at once" : "A dials, and B only half a second later"
            )}.

            | on B's clipboard | p50 | p95 | starts |
            |---|--:|--:|--:|
            """
        );
        text.AppendLine(Row("copied while B was off", starts.Waiting));
        text.AppendLine(Row("copied afresh", starts.Fresh));

        static string Row(string name, Samples samples) =>
            $"| {name} | {samples.Median:0} ms | {samples.Percentile(95):0} ms | {samples.Count} |";
    }

    private static void Idle(StringBuilder text, IReadOnlyList<LanIdle> all)
    {
        text.AppendLine(
            $"""

            ## An idle hour

            A link and nothing to do, over {all[
                0
            ].Span.TotalMinutes:0} minutes, from the counters of the interface: what left it, headers and all (ARP
            and the kernel's own IPv6 too). Wake-ups are voluntary context switches of all threads. Multicast comes on top
            once an hour: of twenty companions each says 18 messages in its first hour and 7 in each later one
            (`DiscoveryTests`, over the simulated network; at most 30 and 10 are asserted).

            | device | bytes an hour | packets an hour | wake-ups | CPU in all |
            |---|--:|--:|--:|--:|
            """
        );
        foreach (var one in all)
        {
            text.AppendLine(
                $"| {one.Device} | {one.Bytes:N0} | {one.Packets:N0} | {one.WakeUps:0.00}/s | {one.Cpu.TotalMilliseconds:0} ms |"
            );
        }
    }

    private static void Between(StringBuilder text, IReadOnlyList<string> table)
    {
        text.AppendLine(
            """

            ## Time to the path, between networks

            Devices with displays in the networks of [networks.md](../../docs/operations/networks.md), paired by a relay where there are two homes: how
            long after pairing both say that they have the path that is expected.

            """
        );
        foreach (var row in table)
        {
            text.AppendLine(row);
        }
    }

    private static string Cpu(LanCost a, LanCost b) =>
        $"{a.Cpu.TotalMilliseconds:0.0}, {b.Cpu.TotalMilliseconds:0.0} ms";

    private static double Of(IReadOnlyList<double> taken, int percent) => new Samples([.. taken]).Percentile(percent);

    private static void Aim(StringBuilder text, string aim, string measured, bool isMet) =>
        text.AppendLine($"| {aim} | {measured} | {(isMet ? "met" : "**missed**")} |");

    private static string Size(int bytes) =>
        bytes switch
        {
            >= 1_000_000 => $"{bytes / 1_000_000} MB",
            >= 1 << 10 => $"{bytes >> 10} KiB",
            _ => $"{bytes} B",
        };

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
