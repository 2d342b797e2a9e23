namespace Toss.Quic;

/// <summary>
/// A moment of a steady clock, in ticks of 100 ns since a beginning that only its caller knows. Every state machine of this
/// library takes it as <c>now</c>; none asks a clock.
/// </summary>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than all others: a time-out that is not set.</summary>
    public static readonly Instant Never = new(long.MaxValue);

    /// <summary>Saturates at <see cref="Never"/>.</summary>
    public static Instant operator +(Instant at, TimeSpan later) =>
        later.Ticks > 0 && at.Ticks > long.MaxValue - later.Ticks ? Never : new(at.Ticks + later.Ticks);

    public static Instant operator -(Instant at, TimeSpan earlier) => new(at.Ticks - earlier.Ticks);

    public static TimeSpan operator -(Instant later, Instant earlier) => new(later.Ticks - earlier.Ticks);

    public static bool operator <(Instant a, Instant b) => a.Ticks < b.Ticks;

    public static bool operator >(Instant a, Instant b) => a.Ticks > b.Ticks;

    public static bool operator <=(Instant a, Instant b) => a.Ticks <= b.Ticks;

    public static bool operator >=(Instant a, Instant b) => a.Ticks >= b.Ticks;

    public static Instant Min(Instant a, Instant b) => a < b ? a : b;

    public static Instant Max(Instant a, Instant b) => a > b ? a : b;

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);
}
