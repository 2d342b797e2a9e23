using System.Text;

namespace Toss.Benchmarks;

/// <summary>The figures as bench/results keeps them.</summary>
internal static class ReportWriter
{
    public static string Write(Figures figures, string commit, string package)
    {
        var text = new StringBuilder();
        text.AppendLine(
            $"""
            # Figures of {commit}

            Native programs (`scripts/package`), measured by `scripts/bench`: a relay and two agents on one machine, each
            agent on an X display of its own (Xvfb).

            - processor: {Machine.Processor}, {Environment.ProcessorCount} cores
            - kernel: {Machine.Kernel}
            - file system of the homes: {FileSystem()}

            ## Aims

            | aim | measured | |
            |---|--:|---|
            """
        );
        Aim(text, "text on the other clipboard, p50 <= 15 ms", figures.Carried[0].Toss.Median, 15, "ms");
        Aim(text, "pairing after entry of the code, p50 <= 300 ms", figures.Pairing.Median, 300, "ms");
        Aim(text, "`toss status`, p50 <= 30 ms", figures.Status.Median, 30, "ms");
        var agents = figures.Fresh.Concat(figures.After).Where(idle => idle.Name != "relay").ToList();
        Aim(text, "agent, idle, PSS <= 45 MB", agents.Max(idle => idle.PssKilobytes) * 1024 / 1e6, 45, "MB");
        Aim(text, "agent, idle, wake-ups <= 1/s", agents.Max(idle => idle.WakeUpsPerSecond), 1, "/s");

        text.AppendLine(
            """

            ## Copy to clipboard

            From just before a program on A's display takes the selection to all bytes in the hands of a program on B's
            display, both event-driven (X11). The echo is a bare WebSocket server in a process of its own that holds the
            message in memory and hands it on (one process is both its clients; no keys, no disk, no displays). CPU is
            processor time per clip of A's agent, the relay, and B's agent.

            | content | p50 | p95 | echo p50 | echo p95 | ratio p50 | CPU A | CPU relay | CPU B | samples |
            |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
            """
        );
        foreach (var one in figures.Carried)
        {
            text.AppendLine(
                $"| {Size(one.Bytes)} | {one.Toss.Median:0.0} ms | {one.Toss.Percentile(95):0.0} ms "
                    + $"| {one.Echo.Median:0.00} ms | {one.Echo.Percentile(95):0.00} ms "
                    + $"| {one.Toss.Median / one.Echo.Median:0.0} "
                    + $"| {one.CpuA.TotalMilliseconds:0.0} ms | {one.CpuRelay.TotalMilliseconds:0.0} ms "
                    + $"| {one.CpuB.TotalMilliseconds:0.0} ms | {one.Toss.Count} |"
            );
        }

        text.AppendLine(
            """

            ## Commands

            From the start of the process to its end; pairing from the request that carries the code to the word that it
            is done, by two devices nobody knows yet.

            | | p50 | p95 | samples |
            |---|--:|--:|--:|
            """
        );
        Command(text, "pairing", figures.Pairing);
        Command(text, "`toss status`", figures.Status);
        Command(text, "`toss --version`", figures.Version);

        text.AppendLine(
            $"""

            ## Many clips

            Two devices without a desktop. {figures.Backlog.Queued} clips waited at the sender while the relay was away: the
            receiver had answered the last {figures.Backlog.CaughtUp.TotalSeconds:0.00} s after the relay listened again.
            {figures.Backlog.Copies:N0} more, one after the other, were answered {figures.Backlog.Copying.TotalSeconds:0.0} s after
            the first was copied; then the receiver's history has {figures.Backlog.Rows:N0} rows in {figures.Backlog.Bytes:N0} bytes.

            ## Idle

            Paired and connected, nothing to do, over {Figures.IdleFor.TotalSeconds:0} s. Each process runs a copy of its
            own of the program, so PSS is what a lone device shows. Wake-ups are voluntary context switches of all threads.

            | | PSS | threads | CPU | wake-ups |
            |---|--:|--:|--:|--:|
            """
        );
        Idle(text, "fresh", figures.Fresh);
        Idle(text, "after the clips above", figures.After);

        text.AppendLine(
            """

            ## Sizes

            | file | bytes |
            |---|--:|
            """
        );
        foreach (var file in Directory.GetFiles(package).Order(StringComparer.Ordinal))
        {
            text.AppendLine($"| `{Path.GetFileName(file)}` | {new FileInfo(file).Length:N0} |");
        }
        return text.ToString();
    }

    private static void Aim(StringBuilder text, string aim, double measured, double most, string unit) =>
        text.AppendLine($"| {aim} | {measured:0.0} {unit} | {(measured <= most ? "met" : "**missed**")} |");

    private static void Command(StringBuilder text, string name, Samples samples) =>
        text.AppendLine($"| {name} | {samples.Median:0.0} ms | {samples.Percentile(95):0.0} ms | {samples.Count} |");

    private static void Idle(StringBuilder text, string when, IReadOnlyList<Idle> all)
    {
        foreach (var one in all)
        {
            text.AppendLine(
                $"| {one.Name}, {when} | {one.PssKilobytes * 1024 / 1e6:0.0} MB | {one.Threads} "
                    + $"| {one.Cpu.TotalMilliseconds:0} ms | {one.WakeUpsPerSecond:0.0}/s |"
            );
        }
    }

    private static string Size(int bytes) =>
        bytes switch
        {
            >= 1 << 20 => $"{bytes >> 20} MiB",
            >= 1 << 10 => $"{bytes >> 10} KiB",
            _ => $"{bytes} B",
        };

    /// <summary>Every clip is committed with fsync on both sides, so it matters.</summary>
    private static string FileSystem() => new DriveInfo(Path.GetTempPath()).DriveFormat;
}
