using System.Globalization;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Backups;

/// <summary>
/// What of a device's settings stands in a backup: what a person chose, and the rules. Not its relay, which comes with a pairing, nor
/// that one's token; not the folder for files, which is this machine's; and nothing by which a device is known.
/// </summary>
internal static class SettingsBackup
{
    public static BackupRecord Write(DeviceRecord record, AgentSettings settings)
    {
        var rules = SharingRules.Read(record.Settings).WriteTo(new Dictionary<string, string>());
        var pairs = settings.Chosen(record).Concat(rules).OrderBy(static pair => pair.Key, StringComparer.Ordinal);
        return new BackupRecord
        {
            Settings = new BackupSettings
            {
                Settings = { pairs.Select(static pair => new BackupSetting { Key = pair.Key, Value = pair.Value }) },
            },
        };
    }

    /// <summary>The record with as much room for history as these would give; never less than it has.</summary>
    public static DeviceRecord Widen(DeviceRecord record, AgentSettings settings, BackupSettings backup)
    {
        var next = record.Settings.ToDictionary();
        foreach (var key in (string[])[ConfigKeys.HistoryClips, ConfigKeys.HistoryDays, ConfigKeys.HistorySize])
        {
            if (
                backup.Settings.LastOrDefault(pair => pair.Key == key) is { } said
                && settings.Read(key, said.Value) is { } value
                && long.Parse(value, CultureInfo.InvariantCulture)
                    > long.Parse(settings.Report(key).Value, CultureInfo.InvariantCulture)
            )
            {
                next[key] = value;
            }
        }
        return record with { Settings = next };
    }

    /// <summary>
    /// The record with these in place of its own; what the backup does not name has its default. What this version does not know or
    /// would not take is left out.
    /// </summary>
    public static DeviceRecord Apply(DeviceRecord record, AgentSettings settings, BackupSettings backup)
    {
        var chosen = settings.Chosen(record);
        var next = record.Settings.Where(pair => !chosen.ContainsKey(pair.Key)).ToDictionary();
        var said = new Dictionary<string, string>();
        foreach (var pair in backup.Settings)
        {
            if (settings.Read(pair.Key, pair.Value) is { } value)
            {
                next[pair.Key] = value;
            }
            else
            {
                said[pair.Key] = pair.Value;
            }
        }
        var rules = SharingRules.Read(said);
        return record with { Settings = rules.Count <= SharingRules.Most ? rules.WriteTo(next) : next };
    }
}
