using System.Globalization;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>The settings a person may change, each with its bounds, its default and what it does.</summary>
internal sealed class AgentSettings(Device device)
{
    private static readonly Setting[] All =
    [
        new(
            "max-size",
            (Limits.Content / 1024 / 1024).ToString(CultureInfo.InvariantCulture),
            1,
            Limits.Content / 1024 / 1024,
            "Largest copy that is shared, MiB"
        ),
        new("history-clips", "10000", 0, 1_000_000, "Clips that history keeps"),
        new("history-days", "90", 1, 36_500, "Days that history keeps a clip"),
        new("history-size", "2048", 1, 1_048_576, "Disk space that history may use, MiB"),
    ];

    public long MaxContent => Number("max-size") * 1024 * 1024;

    public Retention Retention =>
        new(
            (int)Number("history-clips"),
            Number("history-size") * 1024 * 1024,
            TimeSpan.FromDays(Number("history-days"))
        );

    public IReadOnlyList<ConfigEntry> Report() => [.. All.Select(Report)];

    public ConfigEntry Report(string key) => Report(Find(key));

    /// <summary>The settings with this one changed; throws if the key or the value is not valid, naming the key.</summary>
    public IReadOnlyDictionary<string, string> With(string key, string? value)
    {
        var setting = Find(key);
        var changed = new Dictionary<string, string>(device.Record.Settings);
        if (value is null)
        {
            changed.Remove(key);
            return changed;
        }
        if (
            !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < setting.Lowest
            || number > setting.Highest
        )
        {
            throw new ControlException(
                ControlErrors.InvalidConfig,
                $"{key}: a whole number from {setting.Lowest} to {setting.Highest} is needed.",
                setting.Description
            );
        }
        changed[key] = number.ToString(CultureInfo.InvariantCulture);
        return changed;
    }

    private long Number(string key)
    {
        var setting = Find(key);
        return
            device.Record.Settings.TryGetValue(key, out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= setting.Lowest
            && number <= setting.Highest
            ? number
            : long.Parse(setting.Default, CultureInfo.InvariantCulture);
    }

    private ConfigEntry Report(Setting setting) =>
        new(
            setting.Key,
            Number(setting.Key).ToString(CultureInfo.InvariantCulture),
            setting.Default,
            setting.Description
        );

    private static Setting Find(string key) =>
        All.FirstOrDefault(setting => setting.Key == key)
        ?? throw new ControlException(
            ControlErrors.InvalidConfig,
            $"{key}: no such setting.",
            $"Settings: relay, relay-token, {string.Join(", ", All.Select(setting => setting.Key))}."
        );

    private sealed record Setting(string Key, string Default, long Lowest, long Highest, string Description);
}
