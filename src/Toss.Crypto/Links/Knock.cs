using System.Security.Cryptography;
using Toss.Crypto.Primitives;

namespace Toss.Crypto.Links;

/// <summary>
/// What a device's first packet to another begins with, without which nobody answers: 8 random bytes, and 12 of an HMAC over
/// them and the hour under the other's beacon key. A scanner learns nothing, not even that somebody listens.
/// </summary>
public static class Knock
{
    /// <summary>Bytes: as long as a connection ID of QUIC may be.</summary>
    public const int Size = RandomSize + TagSize;

    private const int RandomSize = 8;
    private const int TagSize = 12;

    public static byte[] Make(ReadOnlySpan<byte> beaconKey, DateTimeOffset now, IRandomSource random)
    {
        var knock = new byte[Size];
        random.Fill(knock.AsSpan(0, RandomSize));
        Tag(beaconKey, knock.AsSpan(0, RandomSize), HourOf(now), knock.AsSpan(RandomSize));
        return knock;
    }

    /// <summary>Whether this was made for us in this hour, or in the one before or after: clocks differ, and hours end.</summary>
    public static bool IsValid(ReadOnlySpan<byte> beaconKey, ReadOnlySpan<byte> knock, DateTimeOffset now)
    {
        if (knock.Length != Size)
        {
            return false;
        }
        Span<byte> tag = stackalloc byte[TagSize];
        var valid = false;
        for (var hour = HourOf(now) - 1; hour <= HourOf(now) + 1; hour++)
        {
            Tag(beaconKey, knock[..RandomSize], hour, tag);
            valid |= CryptographicOperations.FixedTimeEquals(tag, knock[RandomSize..]);
        }
        return valid;
    }

    private static long HourOf(DateTimeOffset now) => now.ToUnixTimeSeconds() / 3600;

    private static void Tag(ReadOnlySpan<byte> beaconKey, ReadOnlySpan<byte> random, long hour, Span<byte> tag)
    {
        using var transcript = new Transcript(Labels.Knock).Add(random).Add(hour);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(beaconKey, transcript.Bytes, mac);
        mac[..TagSize].CopyTo(tag);
    }
}
