using Toss.Control;

namespace Toss.Ui.Settings;

/// <summary>The settings as they stand together on the screen. What a newer agent has more of comes last.</summary>
public static class SettingGroups
{
    /// <summary>Of the relay, which has a form of its own.</summary>
    public static IReadOnlyList<string> Relay { get; } = [ConfigKeys.Relay, ConfigKeys.RelayToken];

    private static readonly (string Title, string[] Keys)[] groups =
    [
        (
            "settings.sharing",
            [
                ConfigKeys.MaxSize,
                ConfigKeys.ShareSecrets,
                ConfigKeys.DetectSecrets,
                ConfigKeys.ExcludeApps,
                ConfigKeys.ReceiveFolder,
            ]
        ),
        ("settings.large", [ConfigKeys.FetchDirect, ConfigKeys.FetchRelayed, ConfigKeys.Metered]),
        (
            "settings.history",
            [
                ConfigKeys.HistoryClips,
                ConfigKeys.HistoryDays,
                ConfigKeys.HistorySize,
                ConfigKeys.HistoryDaysText,
                ConfigKeys.HistoryDaysUrl,
                ConfigKeys.HistoryDaysPicture,
                ConfigKeys.HistoryDaysOther,
            ]
        ),
        ("settings.looks", [ConfigKeys.Theme]),
    ];

    public static IEnumerable<(string Title, IReadOnlyList<ConfigEntry> Entries)> Of(IReadOnlyList<ConfigEntry> config)
    {
        foreach (var (title, keys) in groups)
        {
            List<ConfigEntry> entries = [.. keys.SelectMany(key => config.Where(entry => entry.Key == key))];
            if (entries.Count > 0)
            {
                yield return (title, entries);
            }
        }
        var known = groups.SelectMany(group => group.Keys).Concat(Relay).ToHashSet();
        List<ConfigEntry> others = [.. config.Where(entry => !known.Contains(entry.Key))];
        if (others.Count > 0)
        {
            yield return ("settings.others", others);
        }
    }
}
