using System.Globalization;

namespace Toss.Testing.Programs;

/// <summary>Memory of a process, in bytes, as proc(5) says.</summary>
public static class ProcessMemory
{
    /// <summary>In use now, shared files included.</summary>
    public static long Resident(int pid) => Of(pid, "VmRSS:");

    /// <summary>In use now, of its own: heaps and stacks, no files.</summary>
    public static long Own(int pid) => Of(pid, "RssAnon:");

    /// <summary>The most that was in use at a time.</summary>
    public static long Peak(int pid) => Of(pid, "VmHWM:");

    /// <summary>From now on the peak is that of what comes; returns what is in use now.</summary>
    public static long ForgetPeak(int pid)
    {
        File.WriteAllText($"/proc/{pid}/clear_refs", "5");
        return Peak(pid);
    }

    private static long Of(int pid, string field)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(one => one.StartsWith(field, StringComparison.Ordinal));
        var kibibytes = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        return 1024 * long.Parse(kibibytes, CultureInfo.InvariantCulture);
    }
}
