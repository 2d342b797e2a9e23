using System.Globalization;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// What a device that others removed does with the history it shared with them: it shows none of it, and erases it after a
/// day unless its owner keeps it. A thief has that day at most; who removed the wrong device has it too. What the device
/// copies since, or receives as a member of the same circle again, is not locked.
/// </summary>
internal readonly record struct HistoryLock(CircleId Circle, DateTimeOffset RemovedAt)
{
    /// <summary>Begins the settings, one per circle; the rest is the circle's id in hexadecimal, the value Unix milliseconds of the end.</summary>
    private const string Prefix = "history-locked:";

    public static readonly TimeSpan Until = TimeSpan.FromHours(24);

    public DateTimeOffset EraseAt => RemovedAt + Until;

    public bool Holds(StoredClip stored) => stored.ReceivedAt <= RemovedAt && stored.Clip.IsOf(Circle);

    public static KeyValuePair<string, string> Of(CircleId circle, DateTimeOffset removedAt) =>
        new(
            Prefix + Convert.ToHexStringLower(circle.ToBytes()),
            (removedAt + Until).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)
        );

    public static IReadOnlyList<HistoryLock> In(DeviceRecord record)
    {
        var locked = new List<HistoryLock>();
        foreach (var (name, value) in record.Settings)
        {
            if (
                name.StartsWith(Prefix, StringComparison.Ordinal)
                && name.Length == Prefix.Length + (2 * CircleId.Size)
                && long.TryParse(value, CultureInfo.InvariantCulture, out var at)
                && CircleId.TryFrom(Convert.FromHexString(name.AsSpan(Prefix.Length)), out var circle)
            )
            {
                locked.Add(new HistoryLock(circle, UnixTime.Of(at) - Until));
            }
        }
        return locked;
    }

    public static DeviceRecord Without(DeviceRecord record, CircleId circle)
    {
        var name = Of(circle, DateTimeOffset.UnixEpoch).Key;
        return record with { Settings = record.Settings.Where(pair => pair.Key != name).ToDictionary() };
    }
}
