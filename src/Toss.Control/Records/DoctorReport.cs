using System.Text.Json.Serialization;

namespace Toss.Control;

/// <summary>`toss doctor --json`; stable.</summary>
/// <param name="State">The worst of the checks.</param>
public sealed record DoctorReport(string State, IReadOnlyList<DoctorCheck> Checks)
{
    public static DoctorReport Of(IReadOnlyList<DoctorCheck> checks)
    {
        string[] worst = [DoctorCheck.Problem, DoctorCheck.Warning];
        return new DoctorReport(
            worst.FirstOrDefault(state => checks.Any(check => check.State == state)) ?? DoctorCheck.Ok,
            checks
        );
    }
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">`agent`, `interfaces`, `udp`, `multicast`, `firewall`, `nat`, `relay`, `clock`, `clipboard`, `key-store`, `disk`.</param>
/// <param name="State">`ok`, `warning` (works, but not as well as it could), `problem`.</param>
/// <param name="Code">What was found, in one word that stays: for scripts and bug reports. Never made of what was read.</param>
/// <param name="Message">What was found, for its owner: may name devices and addresses.</param>
/// <param name="Next">What to do about it; null if nothing.</param>
public sealed record DoctorCheck(string Subject, string State, string Code, string Message, string? Next = null)
{
    public const string Ok = "ok";
    public const string Warning = "warning";
    public const string Problem = "problem";

    /// <summary>What was counted and measured, by name; times in milliseconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Figures { get; init; }
}
