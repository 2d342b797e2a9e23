using System.Security.Cryptography;
using Toss.Crypto.Identity;
using Toss.Crypto.Links;
using Toss.Testing;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class KnockTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 59, 59, TimeSpan.Zero);

    private readonly byte[] _beacon = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    [Fact]
    public void It_follows_from_key_random_bytes_and_hour()
    {
        // HMAC-SHA-256 over "toss/knock/v1", 0, length 8, the random bytes, length 8, the hour: by hand.
        var knock = Knock.Make(_beacon, Now, new SeededRandomSource(1));
        byte[] input = [.. "toss/knock/v1"u8, 0, 0, 0, 0, 8, .. knock[..8], 0, 0, 0, 8, .. Hour(Now)];
        Assert.Equal(HMACSHA256.HashData(_beacon, input)[..12], knock[8..]);
        Assert.Equal(Knock.Size, knock.Length);
    }

    [Theory]
    [InlineData(-3600, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(3600, true)]
    [InlineData(7202, false)]
    [InlineData(-7202, false)]
    public void It_is_good_for_its_hour_and_the_ones_beside(int seconds, bool good)
    {
        var knock = Knock.Make(_beacon, Now, new SeededRandomSource(2));
        Assert.Equal(good, Knock.IsValid(_beacon, knock, Now + TimeSpan.FromSeconds(seconds)));
    }

    [Fact]
    public void Every_flipped_bit_and_every_other_length_makes_it_nobodys()
    {
        var knock = Knock.Make(_beacon, Now, new SeededRandomSource(3));
        for (var bit = 0; bit < knock.Length * 8; bit++)
        {
            var flipped = (byte[])knock.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Knock.IsValid(_beacon, flipped, Now));
        }
        Assert.False(Knock.IsValid(_beacon, knock.AsSpan(1), Now));
        Assert.False(Knock.IsValid(_beacon, [], Now));
        Assert.False(Knock.IsValid(_beacon, [.. knock, 0], Now));
        Assert.False(Knock.IsValid(new byte[16], knock, Now));
    }

    [Fact]
    public void What_a_device_signs_for_TLS_is_nothing_else_ever_signs()
    {
        using var key = DeviceKey.Generate(new SeededRandomSource(4));
        var signature = new byte[64];
        byte[] content = [.. Enumerable.Repeat((byte)' ', 64), .. "TLS 1.3, client CertificateVerify"u8, 0, 1, 2, 3];
        key.SignForTls(content, signature);
        Assert.NotEqual(new byte[64], signature);
        Assert.Throws<ArgumentException>(() => key.SignForTls(content.AsSpan(1), signature));
        Assert.Throws<ArgumentException>(() => key.SignForTls("toss/card/v1"u8, signature));
    }

    private static byte[] Hour(DateTimeOffset now)
    {
        var bytes = BitConverter.GetBytes(now.ToUnixTimeSeconds() / 3600);
        Array.Reverse(bytes);
        return bytes;
    }
}
