using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;

namespace Toss.Tests.Browser;

/// <summary>What a test sends a process that it started: by its id, and to no other.</summary>
internal static class Signals
{
    /// <param name="name">`STOP`, `CONT`.</param>
    public static async Task SendAsync(string name, int pid)
    {
        using var kill = Process.Start("kill", [$"-{name}", pid.ToString(CultureInfo.InvariantCulture)]);
        await Watchdog.Within(kill.WaitForExitAsync(), "kill to end");
    }
}
