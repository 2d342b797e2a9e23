using System.CommandLine;
using System.Text;
using Toss.Cli.Commands.Output;
using Toss.Cli.Daemon;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss logs`: the end of the agent's log, from its file: it works when the agent does not.</summary>
internal static class LogsCommand
{
    private const int DefaultLines = 50;
    private const int MaxLines = 100_000;

    /// <summary>A person watching does not see a shorter delay.</summary>
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(200);

    public static Command Create(CommandHost host)
    {
        var lines = NumberOption.Whole("--lines", ["-n"], "The last so many lines.", DefaultLines, 0, MaxLines);
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on printing what comes." };
        var command = new Command("logs", "Show the agent's log.") { lines, follow };
        command.Run(
            host,
            async (parsed, cancellation) =>
            {
                var path = DaemonFiles.Log(host.Folders);
                if (!File.Exists(path))
                {
                    throw new ControlException(
                        ControlErrors.Internal,
                        "there is no log yet: toss never ran here",
                        "run `toss up`"
                    );
                }
                var count = parsed.GetValue(lines);
                var json = parsed.IsJson();
                // The position first: what is written while the tail is printed is then followed, not lost.
                var position = new FileInfo(path).Length;
                foreach (var line in Tail(path, position, count))
                {
                    Write(host, line, json);
                }
                if (parsed.GetValue(follow))
                {
                    await FollowAsync(host, path, position, json, cancellation);
                }
            }
        );
        return command;
    }

    private static IEnumerable<string> Tail(string path, long end, int count)
    {
        var current = ReadLines(path, 0, end, out _);
        var missing = count - current.Count;
        var previous = RollingLog.PreviousOf(path);
        if (missing > 0 && File.Exists(previous))
        {
            foreach (var line in ReadLines(previous, 0, long.MaxValue, out _).TakeLast(missing))
            {
                yield return line;
            }
        }
        foreach (var line in current.TakeLast(count))
        {
            yield return line;
        }
    }

    private static async Task FollowAsync(
        CommandHost host,
        string path,
        long position,
        bool json,
        CancellationToken cancellation
    )
    {
        try
        {
            while (true)
            {
                await Task.Delay(FollowInterval, host.Time, cancellation);
                var length = File.Exists(path) ? new FileInfo(path).Length : 0;
                if (length < position)
                {
                    // Set aside and begun again; its last lines are in the other file.
                    foreach (var line in ReadLines(RollingLog.PreviousOf(path), position, long.MaxValue, out _))
                    {
                        Write(host, line, json);
                    }
                    position = 0;
                }
                foreach (var line in ReadLines(path, position, length, out position))
                {
                    Write(host, line, json);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C is how following ends.
        }
    }

    /// <summary>Whole lines between two positions; <paramref name="position"/> is where the next line begins.</summary>
    private static List<string> ReadLines(string path, long start, long end, out long position)
    {
        position = start;
        if (end <= start || !File.Exists(path))
        {
            return [];
        }
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Min(start, file.Length);
        var bytes = new byte[Math.Min(end, file.Length) - file.Position];
        file.ReadExactly(bytes);
        var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        position = start + whole;
        return [.. Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static void Write(CommandHost host, string line, bool json)
    {
        if (!json)
        {
            host.Out.WriteLine(SafeText.Of(line));
            return;
        }
        var parts = line.Split(' ', 4);
        var shape =
            parts.Length == 4
                ? new LogLineJson(parts[0], parts[1], parts[2], parts[3])
                : new LogLineJson(null, null, null, line);
        host.Json(shape, CliJson.Default.LogLineJson);
    }
}
