using System.Text;
using CsCheck;
using Toss.Tests.Crypto;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Wire;

public sealed class Base32Tests
{
    /// <summary>RFC 4648 §10, without the padding.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Reproduces_RFC_4648(string plain, string encoded)
    {
        Assert.Equal(encoded, Base32.Encode(Encoding.ASCII.GetBytes(plain)));
        Assert.True(Base32.TryDecode(encoded, out var decoded));
        Assert.Equal(plain, Encoding.ASCII.GetString(decoded));
    }

    [Fact]
    public void Reads_what_people_type()
    {
        Assert.True(Base32.TryDecode("mzxw 6YTB-oi", out var bytes));
        Assert.Equal("foobar", Encoding.ASCII.GetString(bytes));
        Assert.False(Base32.TryDecode("MZXW0", out var none));
        Assert.Empty(none);
        Assert.False(Base32.TryDecode("MZXW=", out _));
        Assert.False(Base32.TryDecode("MZXWß", out _));
        Assert.Equal("MZXW 6YTB OI", Base32.Group("MZXW6YTBOI"));
    }

    [Fact]
    public void A_fingerprint_is_eight_groups_of_four()
    {
        _ = DeviceId.TryFrom(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), out var id);
        Assert.Equal("AAAQ EAYE AUDA OCAJ BIFQ YDIO B4IB CEQT", id.Fingerprint);
    }

    [Fact]
    public void Any_bytes_come_back() =>
        FixedSamples.Check(
            Gen.Byte.Array[0, 40],
            1,
            200,
            bytes =>
            {
                Assert.True(Base32.TryDecode(Base32.Group(Base32.Encode(bytes)), out var back));
                Assert.Equal(bytes, back);
            }
        );
}
