using Toss.Crypto;
using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>
/// Which beacon key a device has: another one after each departure, since whoever left has the key from the Card. The one
/// before answers for as long as a member may know no other, and its doors stay open for as long as a device that left may
/// say whom it removed. A plan from what is known now: revised again, it stays the same.
/// </summary>
public static class BeaconPlan
{
    /// <summary>Bytes.</summary>
    public const int KeySize = 16;

    public static byte[] Draw(IRandomSource random)
    {
        var key = new byte[KeySize];
        random.Fill(key);
        return key;
    }

    /// <summary>
    /// The record with another key, if anybody left this circle since the one it has was drawn; else the same record. The
    /// next Card tells it, and is to be stored together with it.
    /// </summary>
    public static DeviceRecord Rotate(DeviceRecord record, CircleState circle, DateTimeOffset now, IRandomSource random)
    {
        if (!circle.SelfIsMember || circle.Roster.Gone <= record.BeaconGone)
        {
            return record;
        }
        var former = new FormerBeacon(
            record.BeaconKey,
            record.CardVersion + 1,
            now,
            [.. circle.Roster.Members.Where(member => member != circle.Self)]
        );
        return record with
        {
            BeaconKey = Draw(random),
            BeaconGone = circle.Roster.Gone,
            // Beyond the bound the one known longest goes: who knows no newer one is met at a relay, or by its own key.
            FormerBeacons = [.. record.FormerBeacons.Prepend(former).Take(Limits.FormerBeacons)],
        };
    }

    /// <summary>
    /// The record without the former keys whose time is over, nobody awaited who has shown the Card after them; the same
    /// record if there is neither.
    /// </summary>
    /// <param name="holds">The newest version of this device's Card that a member has shown to have; 0 if none.</param>
    public static DeviceRecord Retire(
        DeviceRecord record,
        CircleState circle,
        Func<DeviceId, ulong> holds,
        DateTimeOffset now
    )
    {
        List<FormerBeacon> left =
        [
            .. record
                .FormerBeacons.Where(former => !IsOver(former, now))
                .Select(former => Heard(former, circle, holds)),
        ];
        return left.SequenceEqual(record.FormerBeacons, ReferenceEqualityComparer.Instance)
            ? record
            : record with
            {
                FormerBeacons = left,
            };
    }

    /// <summary>By which keys members may look for this device, and knock, newest first.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Answered(DeviceRecord record) =>
        [
            record.BeaconKey,
            .. record.FormerBeacons.Where(former => former.Awaits.Count > 0).Select(former => former.Key),
        ];

    /// <summary>
    /// Whose doors are open. Not only while somebody is awaited: of two devices that removed each other, the one that is a
    /// thief could end that at once, and the other would not be heard.
    /// </summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Doors(DeviceRecord record) =>
        [record.BeaconKey, .. record.FormerBeacons.Select(former => former.Key)];

    /// <summary>Also if it is from the future: the clock was set back, and nobody can say how long it has been.</summary>
    private static bool IsOver(FormerBeacon former, DateTimeOffset now) =>
        (now - former.ReplacedAt).Duration() > Limits.FormerMember;

    private static FormerBeacon Heard(FormerBeacon former, CircleState circle, Func<DeviceId, ulong> holds)
    {
        List<DeviceId> awaits =
        [
            .. former.Awaits.Where(peer => circle.Roster.IsMember(peer) && holds(peer) < former.CardVersion),
        ];
        return awaits.Count == former.Awaits.Count ? former : former with { Awaits = awaits };
    }
}
