using System.Security.Cryptography;
using Toss.Crypto.Primitives;

namespace Toss.Crypto.Links;

/// <summary>
/// What a device shows on its network for an hour: 8 bytes of an HMAC over the hour under its beacon key. Companions, who
/// have the key from its Card, know it again; to others it is another device each hour. Whoever repeats it gains that
/// somebody dials it in vain.
/// </summary>
public static class BeaconTag
{
    /// <summary>Bytes: enough that no stranger's tag is mistaken for a companion's.</summary>
    public const int Size = 8;

    public static byte[] Make(ReadOnlySpan<byte> beaconKey, long hour)
    {
        using var transcript = new Transcript(Labels.BeaconTag).Add(hour);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(beaconKey, transcript.Bytes, mac);
        return mac[..Size].ToArray();
    }

    /// <summary>Whole hours since 1970.</summary>
    public static long HourOf(DateTimeOffset now) => now.ToUnixTimeSeconds() / 3600;
}
