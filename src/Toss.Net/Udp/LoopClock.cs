using System.Diagnostics;
using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// The clock of the loops: all of a process count from the same beginning. No TimeProvider, unlike everywhere else where
/// something waits: a wait in the kernel follows the kernel's clock, whatever a test would like; and what decides anything
/// about time, Toss.Quic, is given <c>now</c> and simulated without this loop.
/// </summary>
internal static class LoopClock
{
    public static Instant Now => new(Stopwatch.GetElapsedTime(0).Ticks);

    /// <summary>How long until then, nothing if it is past; null if never.</summary>
    public static TimeSpan? Until(Instant deadline) =>
        deadline == Instant.Never ? null
        : deadline - Now is var left && left > TimeSpan.Zero ? left
        : TimeSpan.Zero;
}
