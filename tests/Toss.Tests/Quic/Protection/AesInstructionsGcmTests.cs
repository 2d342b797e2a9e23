using System.Security.Cryptography;
using Toss.Quic.Protection;
using Xunit;

namespace Toss.Tests.Quic.Protection;

public sealed class AesInstructionsGcmTests
{
    private const string Text =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

    public AesInstructionsGcmTests() =>
        Assert.SkipUnless(AesInstructionsGcm.IsSupported, "This processor has not the instructions.");

    /// <summary>McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 1, 2, 4 and 16.</summary>
    [Theory]
    [InlineData(
        "00000000000000000000000000000000",
        "000000000000000000000000",
        "",
        "",
        "",
        "58e2fccefa7e3061367f1d57a4e7455a"
    )]
    [InlineData(
        "00000000000000000000000000000000",
        "000000000000000000000000",
        "",
        "00000000000000000000000000000000",
        "0388dace60b6a392f328c2b971b2fe78",
        "ab6e47d42cec13bdf53a67b21257bddf"
    )]
    [InlineData(
        "feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        Text,
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        "5bc94fbc3221a5db94fae95ae7121a47"
    )]
    [InlineData(
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        Text,
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )]
    public void Published_vectors(
        string key,
        string nonce,
        string associated,
        string text,
        string sealedText,
        string tag
    )
    {
        using var gcm = new AesInstructionsGcm(Convert.FromHexString(key));
        var (bytes, madeTag) = (Convert.FromHexString(text), new byte[16]);
        var (iv, header) = (Convert.FromHexString(nonce), Convert.FromHexString(associated));
        gcm.Seal(iv, header, bytes, madeTag);
        Assert.Equal(sealedText, Convert.ToHexStringLower(bytes));
        Assert.Equal(tag, Convert.ToHexStringLower(madeTag));
        Assert.True(gcm.TryOpen(iv, header, bytes, madeTag));
        Assert.Equal(text, Convert.ToHexStringLower(bytes));
    }

    /// <summary>Every length up to two groups of eight blocks and some more, with what fills whole blocks and what does not.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void Agrees_with_the_system_at_every_length(int keySize)
    {
        var random = new Random(keySize);
        for (var length = 0; length <= 300; length++)
        {
            foreach (var associated in new[] { 0, 13, 16, 33, 1200 })
            {
                CompareWithSystem(random, keySize, length, associated);
            }
        }
        CompareWithSystem(random, keySize, 1452, 13);
        CompareWithSystem(random, keySize, 65_507, 13);
    }

    /// <summary>The carry that makes the hash key, of which half of all keys have none.</summary>
    [Fact]
    public void Agrees_with_the_system_under_many_keys()
    {
        var random = new Random(2);
        for (var i = 0; i < 2000; i++)
        {
            CompareWithSystem(random, 16, 40, 13);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(128)]
    [InlineData(200)]
    public void Any_changed_bit_keeps_it_from_opening_and_leaves_nothing_of_the_text(int length)
    {
        var random = new Random(length);
        var (nonce, associated, text, tag) = (Some(random, 12), Some(random, 20), Some(random, length), new byte[16]);
        using var gcm = new AesInstructionsGcm(Some(random, 16));
        gcm.Seal(nonce, associated, text, tag);
        foreach (var part in new[] { nonce, associated, text, tag })
        {
            for (var bit = 0; bit < 8 * part.Length; bit++)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                var opened = text.ToArray();
                Assert.False(gcm.TryOpen(nonce, associated, opened, tag));
                Assert.Equal(new byte[length], opened);
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
        Assert.True(gcm.TryOpen(nonce, associated, text, tag));
    }

    [Fact]
    public void After_the_end_it_seals_and_opens_nothing()
    {
        var gcm = new AesInstructionsGcm(new byte[16]);
        gcm.Dispose();
        gcm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => gcm.Seal(new byte[12], [], new byte[16], new byte[16]));
        Assert.Throws<ObjectDisposedException>(() => gcm.TryOpen(new byte[12], [], new byte[16], new byte[16]));
    }

    private static void CompareWithSystem(Random random, int keySize, int length, int associatedLength)
    {
        var (key, nonce, associated) = (Some(random, keySize), Some(random, 12), Some(random, associatedLength));
        var text = Some(random, length);
        var (expected, expectedTag) = (new byte[length], new byte[16]);
        using (var system = new AesGcm(key, expectedTag.Length))
        {
            system.Encrypt(nonce, text, expected, expectedTag, associated);
        }
        using var gcm = new AesInstructionsGcm(key);
        var (bytes, tag) = (text.ToArray(), new byte[16]);
        gcm.Seal(nonce, associated, bytes, tag);
        Assert.True(bytes.AsSpan().SequenceEqual(expected), $"{length} bytes");
        Assert.True(tag.AsSpan().SequenceEqual(expectedTag), $"The tag of {length} bytes and {associatedLength}.");
        Assert.True(gcm.TryOpen(nonce, associated, bytes, tag));
        Assert.True(bytes.AsSpan().SequenceEqual(text));
    }

    private static byte[] Some(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
