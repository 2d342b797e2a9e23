using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Digests;
using Toss.Crypto;
using Toss.Crypto.Primitives;
using Toss.Testing;
using Xunit;

namespace Toss.Tests.Crypto;

/// <summary>Published vectors through our own wrappers: a wrapper that swaps two arguments fails here.</summary>
public sealed class PrimitiveVectorTests
{
    [Theory]
    [InlineData( // RFC 7748 §5.2
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
    )]
    [InlineData(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
    )]
    public void X25519_reproduces_RFC_7748(string scalar, string point, string expected)
    {
        var secret = new byte[32];
        Assert.True(X25519KeyPair.TryAgree(Hex(scalar), Hex(point), secret));
        Assert.Equal(expected, Convert.ToHexStringLower(secret));
    }

    [Fact]
    public void X25519_agrees_as_in_RFC_7748_6_1()
    {
        using var alice = X25519KeyPair.Import(Hex(AlicePrivate));
        using var bob = X25519KeyPair.Import(Hex(BobPrivate));
        Assert.Equal(
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            Convert.ToHexStringLower(alice.PublicKey)
        );
        Assert.Equal(
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            Convert.ToHexStringLower(bob.PublicKey)
        );
        var secret = new byte[32];
        Assert.True(alice.TryAgree(bob.PublicKey, secret));
        Assert.Equal(
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
            Convert.ToHexStringLower(secret)
        );
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    public void X25519_refuses_a_point_of_small_order(string point)
    {
        using var pair = X25519KeyPair.Generate(new SeededRandomSource(1));
        var secret = new byte[32];
        Assert.False(pair.TryAgree(Hex(point), secret));
        Assert.False(pair.TryAgree(new byte[31], secret));
    }

    [Theory]
    [InlineData( // RFC 8032 §7.1, tests 1 to 3
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )]
    public void Ed25519_reproduces_RFC_8032(string seed, string publicKey, string message, string signature)
    {
        Assert.Equal(publicKey, Convert.ToHexStringLower(Ed25519Signature.PublicKeyOf(Hex(seed))));
        var signed = Ed25519Signature.Sign(Hex(seed), Hex(publicKey), Hex(message));
        Assert.Equal(signature, Convert.ToHexStringLower(signed));
        Assert.True(Ed25519Signature.Verify(Hex(publicKey), Hex(message), signed));
        signed[40] ^= 1;
        Assert.False(Ed25519Signature.Verify(Hex(publicKey), Hex(message), signed));
    }

    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void Ed25519_refuses_keys_for_which_a_signature_means_nothing(string publicKey)
    {
        // R = identity, S = 0 verifies for every message under the identity point.
        var signature = new byte[64];
        signature[0] = 1;
        Assert.False(Ed25519Signature.Verify(Hex(publicKey), [1, 2, 3], signature));
    }

    [Fact]
    public void HKDF_reproduces_RFC_5869_test_case_1()
    {
        // Our info always starts with a label, so the vector goes to the primitive that the wrapper calls.
        var output = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Enumerable.Repeat((byte)0x0b, 22).ToArray(),
            42,
            Hex("000102030405060708090a0b0c"),
            Hex("f0f1f2f3f4f5f6f7f8f9")
        );
        Assert.Equal(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            Convert.ToHexStringLower(output)
        );
        var wrapped = Kdf.Derive([1, 2, 3], [4], new Transcript("toss/test/v1").Add([5, 6]), 42);
        var info = "toss/test/v1\0\0\0\0\u0002\u0005\u0006"u8;
        Assert.Equal(HKDF.DeriveKey(HashAlgorithmName.SHA256, [1, 2, 3], 42, [4], info.ToArray()), wrapped);
    }

    [Fact]
    public void Argon2id_reproduces_RFC_9106_5_3()
    {
        var key = Passphrase.Derive(
            Enumerable.Repeat((byte)1, 32).ToArray(),
            Enumerable.Repeat((byte)2, 16).ToArray(),
            Enumerable.Repeat((byte)3, 8).ToArray(),
            Enumerable.Repeat((byte)4, 12).ToArray(),
            32,
            3,
            4
        );
        Assert.Equal("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659", Convert.ToHexStringLower(key));
    }

    [Fact]
    public void A_passphrase_gives_the_same_key_again_and_every_parameter_matters()
    {
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8];
        var key = Passphrase.DeriveKey("päßword", salt, 64, 1, 1);
        Assert.Equal(32, key.Length);
        Assert.Equal(key, Passphrase.DeriveKey("päßword", salt, 64, 1, 1));
        Assert.NotEqual(key, Passphrase.DeriveKey("pässword", salt, 64, 1, 1));
        Assert.NotEqual(key, Passphrase.DeriveKey("päßword", [1, 2, 3, 4, 5, 6, 7, 9], 64, 1, 1));
        Assert.NotEqual(key, Passphrase.DeriveKey("päßword", salt, 128, 1, 1));
        Assert.NotEqual(key, Passphrase.DeriveKey("päßword", salt, 64, 2, 1));
        Assert.NotEqual(key, Passphrase.DeriveKey("päßword", salt, 64, 1, 2));
    }

    [Fact]
    public void ML_KEM_768_reproduces_the_accumulated_vector()
    {
        // C2SP CCTV ML-KEM, "accumulated" vectors: 100 keys, encapsulations, decapsulations, and rejections of random
        // ciphertexts, all drawn from SHAKE-128 of nothing and hashed together.
        var draw = new ShakeSource();
        var sum = new ShakeDigest(128);
        var seed = new byte[MlKem768.SeedSize];
        var noise = new byte[MlKem768.CiphertextSize];
        var opened = new byte[MlKem768.SecretSize];
        for (var i = 0; i < 100; i++)
        {
            draw.Fill(seed);
            var publicKey = MlKem768.PublicKeyOf(seed);
            sum.BlockUpdate(publicKey);
            Assert.True(MlKem768.TryEncapsulate(publicKey, draw, out var ciphertext, out var secret));
            sum.BlockUpdate(ciphertext);
            sum.BlockUpdate(secret);
            Assert.True(MlKem768.TryDecapsulate(seed, ciphertext, opened));
            Assert.Equal(secret, opened);
            draw.Fill(noise);
            Assert.True(MlKem768.TryDecapsulate(seed, noise, opened));
            sum.BlockUpdate(opened);
        }
        var result = new byte[32];
        sum.OutputFinal(result);
        Assert.Equal(
            "1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415",
            Convert.ToHexStringLower(result)
        );
    }

    [Fact]
    public void ML_KEM_768_rejects_implicitly_and_refuses_malformed_keys()
    {
        var random = new SeededRandomSource(2);
        var seed = new byte[MlKem768.SeedSize];
        random.Fill(seed);
        var publicKey = MlKem768.PublicKeyOf(seed);
        Assert.True(MlKem768.TryEncapsulate(publicKey, random, out var ciphertext, out var secret));
        ciphertext[500] ^= 4;
        var opened = new byte[32];
        Assert.True(MlKem768.TryDecapsulate(seed, ciphertext, opened));
        Assert.NotEqual(secret, opened);
        Assert.False(MlKem768.TryDecapsulate(seed, ciphertext.AsSpan(1), opened));

        Assert.False(MlKem768.TryEncapsulate(publicKey.AsSpan(1), random, out _, out _));
        // A coefficient of 4095 is not reduced modulo 3329 (FIPS 203 §7.2).
        publicKey[0] = 0xff;
        publicKey[1] |= 0x0f;
        Assert.False(MlKem768.TryEncapsulate(publicKey, random, out _, out _));
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text);

    private const string AlicePrivate = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    private const string BobPrivate = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";

    private sealed class ShakeSource : IRandomSource
    {
        private readonly ShakeDigest _shake = new(128);

        public void Fill(Span<byte> destination) => _shake.Output(destination);
    }
}
