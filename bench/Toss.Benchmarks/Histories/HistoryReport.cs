using System.Text;

namespace Toss.Benchmarks.Histories;

/// <summary>The figures of long histories as bench/results keeps them.</summary>
internal static class HistoryReport
{
    private const int Large = 100_000;

    public static string Write(IReadOnlyList<HistoryFigures> figures, CopyQ copyq, string commit)
    {
        var text = new StringBuilder();
        text.AppendLine(
            $"""
            # Long histories: figures of {commit}

            Measured by `scripts/bench history`: a native device without a desktop, asked over its control socket, pages of 50. Texts of
            1 to 600 words, most of them short. A further key is one more letter of two words; a key counts from the request to the
            page in the hands of the client, deliveries and JSON included. The page cache is full before, so that no key pays for memory
            that the machine gave back to its hypervisor.

            - processor: {Machine.Processor}, {Environment.ProcessorCount} cores, load {Load()} when the run ended
            - kernel: {Machine.Kernel}
            - file system of the homes: {new DriveInfo(Path.GetTempPath()).DriveFormat}

            ## Aims

            | aim | measured | |
            |---|--:|---|
            """
        );
        foreach (var one in figures)
        {
            var large = one.Clips >= Large;
            if (large)
            {
                Aim(text, $"{one.Clips:N0}: start, p50", one.Starts.Median, 1000);
            }
            Aim(text, $"{one.Clips:N0}: first search, p50", one.First.Median, large ? 400 : 50);
            Aim(text, $"{one.Clips:N0}: each further key, p95", one.Keys.Percentile(95), large ? 50 : 15);
        }
        text.AppendLine(
            """

            ## Times

            | clips | database | start p50 | first key p50 | worst | further key p50 | p95 | worst | a list p50 | keys |
            |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
            """
        );
        foreach (var one in figures)
        {
            text.AppendLine(
                $"| {one.Clips:N0} | {one.DatabaseBytes / 1e6:0.0} MB | {one.Starts.Median:0} ms | {one.First.Median:0} ms "
                    + $"| {one.First.Percentile(100):0} ms | {one.Keys.Median:0.0} ms | {one.Keys.Percentile(95):0.0} ms "
                    + $"| {one.Keys.Percentile(100):0.0} ms | {one.Lists.Median:0.0} ms | {one.Keys.Count:N0} |"
            );
        }
        text.AppendLine(
            """

            ## Memory

            PSS of the agent, which runs a copy of its own of the program.

            | clips | before | while searching | after a minute and a rest |
            |--:|--:|--:|--:|
            """
        );
        foreach (var one in figures)
        {
            text.AppendLine(
                $"| {one.Clips:N0} | {Megabytes(one.Idle)} | {Megabytes(one.Searching)} | {Megabytes(one.After)} |"
            );
        }
        text.AppendLine(
            $"""

            ## CopyQ

            CopyQ of this distribution with {copyq.Texts:N0} texts of the same kind, which is as many as it keeps in a list; they lie on the
            disk unencrypted. Start: from the start of its server until that answers. A key is typed into its window; told is the
            processor time of its main thread until that rests, drawing included. Its search goes through whole texts.

            | texts | start | a key, CPU p50 | p95 | PSS, window hidden | PSS, searching |
            |--:|--:|--:|--:|--:|--:|
            | {copyq.Texts:N0} | {copyq.StartMs:0} ms | {copyq.Keys.Median:0} ms | {copyq.Keys.Percentile(
                95
            ):0} ms | {Megabytes(copyq.Hidden)} | {Megabytes(copyq.Searching)} |
            """
        );
        return text.ToString();
    }

    /// <summary>Processes that wanted a processor in the last minute: more than there are cores, and times are of a busy machine.</summary>
    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static void Aim(StringBuilder text, string aim, double measured, double most) =>
        text.AppendLine($"| {aim} <= {most:0} ms | {measured:0.0} ms | {(measured <= most ? "met" : "**missed**")} |");

    private static string Megabytes(long kilobytes) => $"{kilobytes * 1024 / 1e6:0.0} MB";
}
