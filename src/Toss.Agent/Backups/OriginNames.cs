using Toss.Core.Circle;
using Toss.Wire;

namespace Toss.Agent.Backups;

/// <summary>
/// What devices are called whose clips came by a backup, where no Card says so: they may have been in another circle. Kept among the
/// device's settings. A Card's name goes before.
/// </summary>
internal static class OriginNames
{
    /// <summary>More devices than a person ever had; later ones go by their ids.</summary>
    public const int Most = 64;

    private const string Prefix = "origin-name:";

    public static string Of(Device device, DeviceId origin) =>
        device.Circle.CardOf(origin) is null && device.Record.Settings.TryGetValue(KeyOf(origin), out var name)
            ? name
            : device.Circle.NameOf(origin);

    /// <summary>With those that it does not have yet.</summary>
    public static DeviceRecord With(DeviceRecord record, IReadOnlyDictionary<DeviceId, string> names)
    {
        var settings = new Dictionary<string, string>(record.Settings);
        var count = settings.Keys.Count(static key => key.StartsWith(Prefix, StringComparison.Ordinal));
        foreach (var (origin, name) in names)
        {
            if (count < Most && settings.TryAdd(KeyOf(origin), name))
            {
                count++;
            }
        }
        return record with { Settings = settings };
    }

    private static string KeyOf(DeviceId origin) => Prefix + origin;
}
