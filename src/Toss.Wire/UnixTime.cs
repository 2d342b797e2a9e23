namespace Toss.Wire;

/// <summary>Times as messages and settings carry them.</summary>
public static class UnixTime
{
    /// <summary>Beyond the year 6429: what somebody else wrote must not end outside of what a time can be.</summary>
    private const long Latest = 1L << 47;

    /// <summary>The time of these Unix milliseconds; what is out of bounds becomes the nearest that is not.</summary>
    public static DateTimeOffset Of(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, Latest));
}
