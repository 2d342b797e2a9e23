using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;

namespace Toss.Crypto.Primitives;

/// <summary>ML-KEM-768 (FIPS 203). A private key is its 64-byte seed d ‖ z.</summary>
internal static class MlKem768
{
    public const int SeedSize = 64;
    public const int PublicKeySize = 1184;
    public const int CiphertextSize = 1088;
    public const int SecretSize = 32;

    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed) => FromSeed(seed).GetPublicKeyEncoded();

    /// <summary>False if the public key is malformed (FIPS 203 §7.2: length and modulus check).</summary>
    public static bool TryEncapsulate(
        ReadOnlySpan<byte> publicKey,
        IRandomSource random,
        out byte[] ciphertext,
        out byte[] secret
    )
    {
        ciphertext = [];
        secret = [];
        if (publicKey.Length != PublicKeySize)
        {
            return false;
        }
        MLKemPublicKeyParameters key;
        try
        {
            key = MLKemPublicKeyParameters.FromEncoding(MLKemParameters.ml_kem_768, publicKey.ToArray());
        }
        catch (ArgumentException)
        {
            return false;
        }
        var encapsulator = new MLKemEncapsulator(MLKemParameters.ml_kem_768);
        encapsulator.Init(new ParametersWithRandom(key, BouncyRandom.From(random)));
        ciphertext = new byte[CiphertextSize];
        secret = new byte[SecretSize];
        encapsulator.Encapsulate(ciphertext, secret);
        return true;
    }

    /// <summary>
    /// False only for a wrong length: a ciphertext that was not made for this key gives a secret nobody knows (implicit
    /// rejection, FIPS 203 §6.3).
    /// </summary>
    public static bool TryDecapsulate(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> ciphertext, Span<byte> secret)
    {
        secret.Clear();
        if (ciphertext.Length != CiphertextSize)
        {
            return false;
        }
        var decapsulator = new MLKemDecapsulator(MLKemParameters.ml_kem_768);
        decapsulator.Init(FromSeed(seed));
        decapsulator.Decapsulate(ciphertext, secret);
        return true;
    }

    private static MLKemPrivateKeyParameters FromSeed(ReadOnlySpan<byte> seed)
    {
        var copy = seed.ToArray();
        try
        {
            return MLKemPrivateKeyParameters.FromSeed(MLKemParameters.ml_kem_768, copy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }
}
