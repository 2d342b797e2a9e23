using System.Globalization;
using Toss.Testing.Programs;

namespace Toss.Testing.Net;

/// <summary>Makes and removes network namespaces. Their names hold this process's id, so that what a crash left is found.</summary>
public static class Namespaces
{
    /// <summary>A test needs a handful; more is one that forgets to dispose.</summary>
    public const int Most = 16;

    private const string Prefix = "toss-lab-";
    private static readonly Lock gate = new();
    private static readonly HashSet<string> mine = [];
    private static bool swept;

    /// <summary>Names of those that exist and belong to this process.</summary>
    public static IReadOnlyList<string> Left => [.. Existing().Where(name => PidOf(name) == Environment.ProcessId)];

    /// <param name="label">Says what it is; unique among those that exist.</param>
    public static LabNamespace Create(string label)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{label}");
        lock (gate)
        {
            if (!swept)
            {
                swept = true;
                Sweep();
            }
            if (mine.Count >= Most)
            {
                throw new InvalidOperationException($"{Most} namespaces exist: {string.Join(", ", mine)}.");
            }
            RunningProgram.Run("ip", ["netns", "add", name]);
            mine.Add(name);
        }
        var made = new LabNamespace(name);
        try
        {
            made.Run("ip", "link", "set", "lo", "up");
            // Nobody else is here: an address may be used at once.
            made.Run("sh", "-c", "for i in all default; do echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad; done");
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Removes what processes left that are no more, and ends what still runs inside.</summary>
    public static void Sweep()
    {
        foreach (var name in Existing().Where(name => PidOf(name) is { } pid && !Directory.Exists($"/proc/{pid}")))
        {
            foreach (
                var pid in RunningProgram
                    .Run("ip", ["netns", "pids", name])
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            )
            {
                RunningProgram.Run("kill", ["-KILL", pid]);
            }
            RunningProgram.Run("ip", ["netns", "del", name]);
        }
    }

    internal static void Remove(LabNamespace space)
    {
        lock (gate)
        {
            if (mine.Remove(space.Name))
            {
                RunningProgram.Run("ip", ["netns", "del", space.Name]);
            }
        }
    }

    private static IEnumerable<string> Existing() =>
        Directory.Exists("/run/netns")
            ? [.. Directory.EnumerateFiles("/run/netns", Prefix + "*").Select(file => Path.GetFileName(file))]
            : [];

    private static int? PidOf(string name) =>
        int.TryParse(name[Prefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out var pid) ? pid : null;
}
