namespace Toss.Testing.Net;

/// <summary>What one direction of a <see cref="TapLink"/> does to frames. Chances are 0 to 1.</summary>
public sealed record TapImpairment
{
    public TimeSpan Delay { get; init; }

    /// <summary>On top of it, evenly spread, up to this. Keeps the order.</summary>
    public TimeSpan Jitter { get; init; }

    public double Loss { get; init; }

    public double Duplication { get; init; }

    /// <summary>How many are sent without the delay, and so overtake those before them.</summary>
    public double Reordering { get; init; }

    /// <summary>Null for as fast as it goes.</summary>
    public long? BitsPerSecond { get; init; }

    /// <summary>Frames that wait before a slow link; more are dropped. Counts only with a rate.</summary>
    public int Queue { get; init; } = 200;
}
