using System.Diagnostics;

namespace Toss;

/// <summary>
/// Lets a test say how much time has passed, so that a process reaches what comes after days: a fault point that no test
/// could wait for. As in `FaultPoint`, only a build with `-p:TossFaultPoints=true` holds anything of it. There
/// the file `clock` in `TOSS_FAULT_FOLDER` says how many seconds both clocks, the wall's and the monotonic one, are ahead of the
/// system's. Timers go on by the system's: to a program it is as if nobody had run it for so long.
/// </summary>
internal static class FaultClock
{
    /// <summary>Puts that clock in the place of the system's.</summary>
    [Conditional("TOSS_FAULT_POINTS")]
    public static void Replace(ref TimeProvider time) => Ahead(ref time);

#if TOSS_FAULT_POINTS
    private static void Ahead(ref TimeProvider time)
    {
        if (Environment.GetEnvironmentVariable("TOSS_FAULT_FOLDER") is { Length: > 0 } folder)
        {
            time = new AheadOf(time, Path.Combine(folder, "clock"));
        }
    }

    private sealed class AheadOf(TimeProvider system, string file) : TimeProvider
    {
        /// <summary>Between looks at the file, in milliseconds: clocks are asked for every frame.</summary>
        private const long Look = 10;

        private readonly Lock _gate = new();
        private long _looked = long.MinValue;
        private long _seconds;

        public override long TimestampFrequency => system.TimestampFrequency;

        public override TimeZoneInfo LocalTimeZone => system.LocalTimeZone;

        public override DateTimeOffset GetUtcNow() => system.GetUtcNow().AddSeconds(Seconds());

        public override long GetTimestamp() => system.GetTimestamp() + Seconds() * TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            system.CreateTimer(callback, state, dueTime, period);

        private long Seconds()
        {
            lock (_gate)
            {
                if (Environment.TickCount64 >= _looked + Look)
                {
                    _looked = Environment.TickCount64;
                    _seconds = File.Exists(file) ? long.Parse(File.ReadAllText(file)) : 0;
                }
                return _seconds;
            }
        }
    }
#else
    private static void Ahead(ref TimeProvider time) { }
#endif
}
