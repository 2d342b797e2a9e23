using Toss.Control;
using Toss.Ui.Shell;
using Toss.Ui.Texts;

namespace Toss.Ui.Settings;

/// <summary>What a look at the network or a relay found, in words, and the next step.</summary>
public static class CheckWords
{
    /// <summary>Begins the names of what was found; subject and code follow.</summary>
    public const string FoundPrefix = "found.";

    /// <summary>Begins the names of what to do about it.</summary>
    public const string NextPrefix = "next.";

    /// <summary>What there are words for. What is not well has a next step as well.</summary>
    public static IReadOnlyList<string> Well { get; } =
    ["relay-admitted", "interfaces-up", "udp-works", "multicast-works", "multicast-links-off"];

    public static IReadOnlyList<string> Unwell { get; } =
    [
        "relay-none",
        "relay-unknown-name",
        "relay-silent",
        "relay-certificate",
        "relay-not-a-relay",
        "relay-not-admitted",
        "relay-refused",
        "relay-token",
        "relay-version",
        "relay-version-toss",
        "relay-version-relay",
        "relay-replaced",
        "relay-other",
        "interfaces-no-network",
        "interfaces-virtual-only",
        "udp-links-off",
        "udp-no-socket",
        "udp-deaf",
        "udp-half-deaf",
        "multicast-no-interface",
        "multicast-no-socket",
        "multicast-deaf",
    ];

    /// <summary>As the agent says it where it is a newer one.</summary>
    public static string Found(Words words, DoctorCheck check) =>
        words.Find($"{FoundPrefix}{check.Subject}-{check.Code}") ?? check.Message;

    /// <summary>Null if there is nothing to do.</summary>
    public static string? Next(Words words, DoctorCheck check) =>
        check.State == DoctorCheck.Ok ? null : words.Find($"{NextPrefix}{check.Subject}-{check.Code}") ?? check.Next;

    public static IconName IconOf(DoctorCheck check) =>
        check.State == DoctorCheck.Ok ? IconName.Check : IconName.Warning;

    /// <summary>The class of the colours it is shown in.</summary>
    public static string ToneOf(DoctorCheck check) =>
        check.State switch
        {
            DoctorCheck.Ok => "good",
            DoctorCheck.Warning => "warn",
            _ => "bad",
        };
}
