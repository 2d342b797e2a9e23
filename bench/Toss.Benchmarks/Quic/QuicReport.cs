using System.Globalization;
using System.Text;

namespace Toss.Benchmarks.Quic;

/// <summary>The figures of QUIC as bench/results keeps them.</summary>
internal static class QuicReport
{
    public static string Write(QuicFigures figures, string commit)
    {
        var text = new StringBuilder();
        text.AppendLine(
            $"""
            # QUIC: figures of {commit}

            Measured by `scripts/bench quic`: medians of {QuicFigures.Rounds} rounds in which the stacks take turns; Release, not ahead of
            time. Other programs may have had the machine as well: trust ratios and processor time, not rates.

            - processor: {Machine.Processor}, {Environment.ProcessorCount} cores, load {Load()} when the run ended
            - kernel: {Machine.Kernel}

            ## Aims

            | aim | measured | |
            |---|--:|---|
            """
        );
        Aims(text, figures);
        if (figures.Carriages.Count > 0)
        {
            Streams(text, figures);
        }
        if (figures.Cores.Count > 0)
        {
            Cores(text, figures);
        }
        if (figures.Handshakes.Count > 0)
        {
            Handshakes(text, figures);
        }
        if (figures.Idle.Count > 0)
        {
            Idle(text, figures.Idle);
        }
        if (figures.Links.Count > 0)
        {
            Links(text, figures);
        }
        return text.ToString();
    }

    private static void Aims(StringBuilder text, QuicFigures figures)
    {
        foreach (var ours in figures.Carriages.Where(one => one.Stack == QuicFigures.Ours))
        {
            var theirs = figures.Carriages.Single(one => one.Stack == QuicFigures.Theirs && one.Suite == ours.Suite);
            AtLeast(text, $"{ours.Suite}: goodput >= 1.0 of ngtcp2's", ours.Gigabits / theirs.Gigabits, 1.0);
            AtMost(text, $"{ours.Suite}: sender's CPU a GB <= 1.2 of ngtcp2's", ours.Sender / theirs.Sender, 1.2);
            AtMost(text, $"{ours.Suite}: receiver's CPU a GB <= 1.2 of ngtcp2's", ours.Receiver / theirs.Receiver, 1.2);
        }
        foreach (var (suite, one) in figures.Handshakes)
        {
            AtMost(text, $"{suite}: handshake's CPU <= 1.5 of TLS alone", one.Connection / one.Engine, 1.5);
        }
        if (figures.Idle.Count > 0)
        {
            AtMost(text, "server, KiB for an idle connection <= 40", figures.Idle.ServerPages, 40);
            AtMost(text, "client, KiB for an idle connection <= 40", figures.Idle.ClientPages, 40);
        }
        foreach (var one in figures.Links)
        {
            var aim = one.Loss > 0 ? 2 : 1.3;
            var link = string.Create(CultureInfo.InvariantCulture, $"10 MB, 40 ms, loss {one.Loss:P0}");
            AtMost(text, $"{link}: time <= {aim} of ngtcp2's BBR", one.Ours / one.Ngtcp2, aim);
        }
    }

    private static void Streams(StringBuilder text, QuicFigures figures)
    {
        text.AppendLine(
            $"""

            ## One stream over loopback

            {QuicFigures.Bytes
                >> 20} MiB from server to client, each a process, GSO on both sides. Ours lives through all rounds, after one to warm
            up, with a new connection for each; gtlsclient starts anew, and throws the document away. CPU is of the whole
            process, in seconds for 10^9 bytes. The bare data path seals, sends, receives and opens such packets, without any
            bookkeeping, on two threads of one process. Memory is of both sides, the application's and the thread pool's included.

            | stack | suite | Gbit/s | sender CPU s/GB | receiver CPU s/GB | B allocated a datagram |
            |---|---|--:|--:|--:|--:|
            """
        );
        foreach (var one in figures.Carriages)
        {
            var allocated =
                one.Stack == QuicFigures.Theirs
                    ? ""
                    : string.Create(CultureInfo.InvariantCulture, $"{one.Allocated:0.0}");
            text.AppendLine(
                $"| {one.Stack} | {one.Suite} | {one.Gigabits:0.00} | {one.Sender:0.00} | {one.Receiver:0.00} | {allocated} |"
            );
        }
    }

    private static void Cores(StringBuilder text, QuicFigures figures)
    {
        text.AppendLine(
            """

            ## A datagram in memory

            What the state machines take for a datagram of a stream, acknowledgements included, without sockets, pipes and threads;
            and what of it is sealing and opening. Nanoseconds, the least of many samples, which a busy machine hardly changes.

            | suite | sender | sealing | receiver | opening |
            |---|--:|--:|--:|--:|
            """
        );
        foreach (var (suite, one) in figures.Cores)
        {
            text.AppendLine($"| {suite} | {one.Sender:0} | {one.Sealing:0} | {one.Receiver:0} | {one.Opening:0} |");
        }
    }

    private static void Handshakes(StringBuilder text, QuicFigures figures)
    {
        text.AppendLine(
            """

            ## Handshake

            X25519, raw Ed25519 keys both ways, in memory, both sides together: a whole connection until both are confirmed,
            and the TLS engine alone.

            | suite | connection CPU | TLS CPU | connection allocates | TLS allocates |
            |---|--:|--:|--:|--:|
            """
        );
        foreach (var (suite, one) in figures.Handshakes)
        {
            text.AppendLine(
                $"| {suite} | {one.Connection:0.00} ms | {one.Engine:0.00} ms | {one.ConnectionBytes / 1024} KiB | {one.EngineBytes / 1024} KiB |"
            );
        }
    }

    private static void Idle(StringBuilder text, IdleConnections idle) =>
        text.AppendLine(
            $"""

            ## Idle connections

            {idle.Count} more connections between two processes, after a full collection. Pages are what the process (PSS) grew by, the
            cryptographic library's memory included.

            | | managed KiB each | pages KiB each |
            |---|--:|--:|
            | server | {idle.ServerHeap:0.0} | {idle.ServerPages:0.0} |
            | client | {idle.ClientHeap:0.0} | {idle.ClientPages:0.0} |
            """
        );

    private static void Links(StringBuilder text, QuicFigures figures)
    {
        text.AppendLine(
            """

            ## 10 MB over a link

            40 ms round trip, 100 Mbit/s, a queue of 200 frames, loss each way; BBR on both; five seeds.

            | loss | Toss.Quic | ngtcp2 | all (ours, then ngtcp2's) |
            |--:|--:|--:|---|
            """
        );
        foreach (var one in figures.Links)
        {
            var all = string.Join(' ', one.All.Select(each => each.ToString("0.00", CultureInfo.InvariantCulture)));
            text.AppendLine($"| {one.Loss:P0} | {one.Ours:0.00} s | {one.Ngtcp2:0.00} s | {all} |");
        }
    }

    private static void AtMost(StringBuilder text, string aim, double measured, double most) =>
        Aim(text, aim, measured, measured <= most);

    private static void AtLeast(StringBuilder text, string aim, double measured, double least) =>
        Aim(text, aim, measured, measured >= least);

    private static void Aim(StringBuilder text, string aim, double measured, bool isMet) =>
        text.AppendLine($"| {aim} | {measured:0.00} | {(isMet ? "met" : "**missed**")} |");

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
