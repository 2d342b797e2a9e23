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
