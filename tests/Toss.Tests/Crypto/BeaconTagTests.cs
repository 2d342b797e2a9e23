using System.Security.Cryptography;
using Toss.Crypto.Links;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class BeaconTagTests
{
    private readonly byte[] _beacon = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    [Fact]
    public void It_follows_from_key_and_hour()
    {
        // HMAC-SHA-256 over "toss/beacon-tag/v1", 0, length 8, the hour: by hand.
        byte[] input = [.. "toss/beacon-tag/v1"u8, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 7, 0x85, 0xF4];
        Assert.Equal(HMACSHA256.HashData(_beacon, input)[..8], BeaconTag.Make(_beacon, 0x785F4));
    }

    [Fact]
    public void It_is_another_in_another_hour_and_of_another_device()
    {
        var tag = BeaconTag.Make(_beacon, 1);
        Assert.Equal(BeaconTag.Size, tag.Length);
        Assert.Equal(tag, BeaconTag.Make(_beacon, 1));
        Assert.NotEqual(tag, BeaconTag.Make(_beacon, 2));
        Assert.NotEqual(tag, BeaconTag.Make(new byte[16], 1));
    }

    [Fact]
    public void An_hour_ends_with_the_hour()
    {
        var hour = BeaconTag.HourOf(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        Assert.Equal(hour, BeaconTag.HourOf(new(2026, 3, 1, 12, 59, 59, TimeSpan.Zero)));
        Assert.Equal(hour + 1, BeaconTag.HourOf(new(2026, 3, 1, 13, 0, 0, TimeSpan.Zero)));
    }
}
