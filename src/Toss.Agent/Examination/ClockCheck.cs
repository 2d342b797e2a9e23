using Toss.Control;

namespace Toss.Agent.Examination;

/// <summary>This device's clock beside those of relays and peers.</summary>
internal static class ClockCheck
{
    /// <summary>A relay says its time to a second, and an answer takes a part of one.</summary>
    private static readonly TimeSpan s_exact = TimeSpan.FromSeconds(5);

    /// <param name="compared">Whose clock, and how far it is ahead of this device's.</param>
    /// <param name="bearable">Beyond that others notice.</param>
    public static DoctorCheck Of(IReadOnlyList<(string Who, TimeSpan Ahead)> compared, TimeSpan bearable)
    {
        if (compared.Count == 0)
        {
            return new DoctorCheck("clock", DoctorCheck.Ok, "nothing-to-compare", "no other clock to compare with now");
        }
        var worst = compared.MaxBy(one => one.Ahead.Duration());
        var figures = NetworkChecks.Figures(
            ("compared", compared.Count),
            ("worstAheadMs", worst.Ahead.TotalMilliseconds)
        );
        if (worst.Ahead.Duration() <= s_exact)
        {
            return new DoctorCheck(
                "clock",
                DoctorCheck.Ok,
                "right",
                $"agrees with {compared.Count} other{(compared.Count == 1 ? "" : "s")} to a few seconds"
            )
            {
                Figures = figures,
            };
        }
        // If several say the same, it is ours that is off: some ahead and some behind have nothing in common.
        var alike = compared.Count(one =>
            one.Ahead.Duration() > s_exact && Math.Sign(one.Ahead.Ticks) == Math.Sign(worst.Ahead.Ticks)
        );
        var isOurs = compared.Count > 1 && alike * 2 > compared.Count;
        var direction = worst.Ahead > TimeSpan.Zero ? "ahead of" : "behind";
        return new DoctorCheck(
            "clock",
            worst.Ahead.Duration() > bearable ? DoctorCheck.Warning : DoctorCheck.Ok,
            isOurs ? "own-is-off" : "other-is-off",
            $"{worst.Who} is {Spoken(worst.Ahead.Duration())} {direction} this device"
                + (isOurs ? "; most others are off in the same way, so it is this device's clock that is wrong" : ""),
            isOurs
                ? "set this device's clock: `timedatectl set-ntp true`"
                : "set the clock that is wrong; what is copied still arrives in order"
        )
        {
            Figures = figures,
        };
    }

    private static string Spoken(TimeSpan time) =>
        time.TotalMinutes < 2 ? $"{time.TotalSeconds:0} seconds"
        : time.TotalHours < 2 ? $"{time.TotalMinutes:0} minutes"
        : $"{time.TotalHours:0} hours";
}
