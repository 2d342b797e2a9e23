using System.Globalization;
using Toss.Control;
using Toss.Ui.Texts;

namespace Toss.Ui.Devices;

/// <summary>How a device is reached, in words.</summary>
public static class PathWords
{
    /// <summary>Begins the names of what <see cref="PathStatus.WhyCode"/> means.</summary>
    public const string WhyPrefix = "why.";

    /// <summary>The codes there are words for.</summary>
    public static IReadOnlyList<string> Whys { get; } =
    [
        "links-off",
        "not-said",
        "nats-differ",
        "nat-differs",
        "peer-nat-differs",
        "not-seen",
        "peer-not-seen",
        "no-answer",
    ];

    public static string Of(Words words, WatchedDevice device) =>
        device switch
        {
            { Self: true } => words["path.self"],
            { Online: false } => words["path.away"],
            { Path.Kind: "lan" } => words["path.lan"],
            { Path.Kind: "direct" } => words["path.direct"],
            { Path.Kind: "relay" } => words["path.relay"],
            _ => words["path.there"],
        };

    /// <summary>With how long a message takes there and back, as far as that is known.</summary>
    public static string Measured(Words words, WatchedDevice device) =>
        device is { Online: true, Path.RttMs: { } milliseconds }
            ? $"{Of(words, device)} · {words["path.trip", milliseconds.ToString("0.#", CultureInfo.CurrentCulture)]}"
            : Of(words, device);

    /// <summary>Why it is relayed; null if it is not. As the agent says it where that is a newer one.</summary>
    public static string? Why(Words words, WatchedDevice device) =>
        device is { Online: true, Path: { Kind: "relay" } path }
            ? words.Find(WhyPrefix + path.WhyCode) is { } said
                ? string.Format(CultureInfo.CurrentCulture, said, device.Name)
                : path.Why
            : null;
}
