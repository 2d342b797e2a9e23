namespace Toss.Quic.Wire;

/// <summary>Packet numbers in 1 to 4 bytes (RFC 9000 §17.1, A.2, A.3).</summary>
internal static class PacketNumber
{
    public const int MaximumLength = 4;

    /// <summary>
    /// The fewest bytes from which a receiver recovers <paramref name="number"/>; <paramref name="largestAcknowledged"/>
    /// is -1 if none is. More than 2^31 unacknowledged numbers have no encoding, and throw.
    /// </summary>
    public static int Length(long number, long largestAcknowledged)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(number, largestAcknowledged);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, VarInt.Maximum);
        // A.2: twice the distance must be less than the range; -1 counts as "one more than the number itself".
        return (number - largestAcknowledged) switch
        {
            <= 1L << 7 => 1,
            <= 1L << 15 => 2,
            <= 1L << 23 => 3,
            <= 1L << 31 => 4,
            _ => throw new ArgumentOutOfRangeException(nameof(number)),
        };
    }

    /// <summary>Writes the lowest <paramref name="length"/> bytes.</summary>
    public static void Write(Span<byte> destination, long number, int length)
    {
        for (var i = 0; i < length; i++)
        {
            destination[i] = (byte)(number >> (8 * (length - 1 - i)));
        }
    }

    /// <summary>The whole number closest to the one after <paramref name="largestReceived"/>, which is -1 if there is none (A.3).</summary>
    public static long Decode(long largestReceived, long truncated, int length)
    {
        var expected = largestReceived + 1;
        var window = 1L << (8 * length);
        var half = window / 2;
        var candidate = (expected & ~(window - 1)) | truncated;
        if (candidate <= expected - half && candidate < (1L << 62) - window)
        {
            return candidate + window;
        }
        return candidate > expected + half && candidate >= window ? candidate - window : candidate;
    }
}
