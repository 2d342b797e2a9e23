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
    /// <summary>
    /// Begins the settings; the circle's id in hexadecimal follows, and the value is the end in Unix milliseconds, which the
    /// name ends with as well: a device may be removed, come back and be removed again in a day, and each of these has its own.
    /// </summary>
    private const string Prefix = "history-locked:";

    private static readonly int nameWithCircle = Prefix.Length + (2 * CircleId.Size);

    public static readonly TimeSpan Until = TimeSpan.FromHours(24);

    public DateTimeOffset EraseAt => RemovedAt + Until;

    public bool Holds(StoredClip stored) => stored.ReceivedAt <= RemovedAt && stored.Clip.IsOf(Circle);

    public static KeyValuePair<string, string> Of(CircleId circle, DateTimeOffset removedAt)
    {
        var end = (removedAt + Until).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return new($"{Prefix}{Convert.ToHexStringLower(circle.ToBytes())}:{end}", end);
    }

    /// <summary>The earliest end first.</summary>
    public static IReadOnlyList<HistoryLock> In(DeviceRecord record) =>
        [
            .. record
                .Settings.Select(pair => Read(pair.Key, pair.Value))
                .OfType<HistoryLock>()
                .OrderBy(locked => locked.RemovedAt),
        ];

    public static DeviceRecord Without(DeviceRecord record, HistoryLock ended) =>
        record with
        {
            Settings = record.Settings.Where(pair => Read(pair.Key, pair.Value) != ended).ToDictionary(),
        };

    private static HistoryLock? Read(string name, string value) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && name.Length >= nameWithCircle
        && long.TryParse(value, CultureInfo.InvariantCulture, out var at)
        && CircleId.TryFrom(Convert.FromHexString(name.AsSpan(Prefix.Length, 2 * CircleId.Size)), out var circle)
            ? new HistoryLock(circle, UnixTime.Of(at) - Until)
            : null;
}
