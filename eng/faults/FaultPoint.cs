using System.Diagnostics;

namespace Toss;

/// <summary>
/// Names a durable step, so that a test can end the process just before or just after it. Compiled into every project
/// that writes to the disk; only a build with `-p:TossFaultPoints=true` holds anything of it, in every other the compiler
/// leaves the calls out. In such a build `TOSS_FAULT_FOLDER` names a folder: its file `armed` says where a process ends
/// (`NAME:before:3`: the third time there), becomes `ended` with the id of the process that did, and each process writes
/// the points that it passed into a `reached.ID` of its own.
/// </summary>
internal static class FaultPoint
{
    /// <summary>Just before the step <paramref name="name"/> begins to be durable.</summary>
    [Conditional("TOSS_FAULT_POINTS")]
    public static void Before(string name) => Pass(name, "before");

    /// <summary>Durable, and nobody was told of it yet.</summary>
    [Conditional("TOSS_FAULT_POINTS")]
    public static void After(string name) => Pass(name, "after");

#if TOSS_FAULT_POINTS
    private static readonly Lock gate = new();
    private static readonly string? folder = Environment.GetEnvironmentVariable("TOSS_FAULT_FOLDER");
    private static string order = "";
    private static int times;

    private static void Pass(string name, string side)
    {
        if (string.IsNullOrEmpty(folder))
        {
            return;
        }
        lock (gate)
        {
            File.AppendAllText(Path.Combine(folder, $"reached.{Environment.ProcessId}"), $"{name}:{side};\n");
            var armed = Path.Combine(folder, "armed");
            var asked = File.Exists(armed) ? Read(armed) : "";
            if (asked != order)
            {
                (order, times) = (asked, 0);
            }
            if (
                asked.Split(':') is [var at, var when, var count]
                && at == name
                && when == side
                && ++times == int.Parse(count)
            )
            {
                var ending = Path.Combine(folder, "ending");
                try
                {
                    File.Move(armed, ending);
                }
                catch (FileNotFoundException)
                {
                    // Another process was first.
                    return;
                }
                File.WriteAllText(ending, $"{Environment.ProcessId}");
                File.Move(ending, Path.Combine(folder, "ended"));
                // SIGKILL: nothing unwinds, nothing is flushed. It may take the kernel a moment, in which nothing goes on.
                Process.GetCurrentProcess().Kill();
                Thread.Sleep(Timeout.Infinite);
            }
        }
    }

    private static string Read(string armed)
    {
        try
        {
            return File.ReadAllText(armed);
        }
        catch (FileNotFoundException)
        {
            // The test took it away meanwhile, or another process did, to end.
            return "";
        }
    }
#else
    private static void Pass(string name, string side) { }
#endif
}
