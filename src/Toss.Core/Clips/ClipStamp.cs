using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>
/// Hybrid logical time of a clip: 48 bits of Unix milliseconds, a 16-bit counter, and the origin to break ties. The
/// clipboard of a circle belongs to the greatest stamp.
/// </summary>
public readonly record struct ClipStamp(long UnixMilliseconds, ushort Counter, DeviceId Origin) : IComparable<ClipStamp>
{
    /// <summary>The end of the year 9999: what <see cref="Time"/> can say, and less than the 48 bits a stamp has on the wire.</summary>
    public const long MaxMilliseconds = 253_402_300_799_999;

    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public int CompareTo(ClipStamp other)
    {
        var byTime = UnixMilliseconds.CompareTo(other.UnixMilliseconds);
        if (byTime != 0)
        {
            return byTime;
        }
        var byCounter = Counter.CompareTo(other.Counter);
        return byCounter != 0 ? byCounter : Origin.CompareTo(other.Origin);
    }

    public static bool operator <(ClipStamp left, ClipStamp right) => left.CompareTo(right) < 0;

    public static bool operator >(ClipStamp left, ClipStamp right) => left.CompareTo(right) > 0;

    public static bool operator <=(ClipStamp left, ClipStamp right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ClipStamp left, ClipStamp right) => left.CompareTo(right) >= 0;
}
