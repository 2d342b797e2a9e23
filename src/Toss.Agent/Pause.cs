using System.Globalization;
using Toss.Core.Circle;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// A pause, with an end or without. The end is a time in the settings and no timer: it holds to the moment, after a sleep and
/// a restart too.
/// </summary>
internal static class Pause
{
    /// <summary>Longer is a pause without an end.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>Unix milliseconds.</summary>
    private const string EndKey = "paused-until";

    /// <summary>What another version stored and this one cannot read is a pause without an end.</summary>
    public static bool IsOn(DeviceRecord record, DateTimeOffset now) =>
        record.Paused && !(Until(record) is { } until && now >= until);

    public static DateTimeOffset? Until(DeviceRecord record) =>
        record.Settings.TryGetValue(EndKey, out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? UnixTime.Of(milliseconds)
            : null;

    /// <summary>Null has no end.</summary>
    public static DeviceRecord Begin(DeviceRecord record, DateTimeOffset? until)
    {
        var settings = Without(record);
        if (until is { } end)
        {
            settings[EndKey] = end.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        }
        return record with { Paused = true, Settings = settings };
    }

    public static DeviceRecord End(DeviceRecord record) => record with { Paused = false, Settings = Without(record) };

    private static Dictionary<string, string> Without(DeviceRecord record) =>
        record.Settings.Where(pair => pair.Key != EndKey).ToDictionary();
}
