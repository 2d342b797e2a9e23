using System.Security.Cryptography;

namespace Toss.Quic.Protection;

/// <summary>Sizes, hash and limits of a cipher suite.</summary>
/// <param name="KeySize">Of the AEAD and of the header protection alike.</param>
/// <param name="SecretSize">The hash's.</param>
/// <param name="Limits">RFC 9001 §6.6.</param>
internal readonly record struct SuiteParameters(HashAlgorithmName Hash, int KeySize, int SecretSize, AeadLimits Limits)
{
    public static SuiteParameters Of(CipherSuite suite) =>
        suite switch
        {
            CipherSuite.Aes128GcmSha256 => new(HashAlgorithmName.SHA256, 16, 32, AeadLimits.AesGcm),
            CipherSuite.Aes256GcmSha384 => new(HashAlgorithmName.SHA384, 32, 48, AeadLimits.AesGcm),
            CipherSuite.ChaCha20Poly1305Sha256 => new(HashAlgorithmName.SHA256, 32, 32, AeadLimits.ChaCha20Poly1305),
            _ => throw new ArgumentOutOfRangeException(nameof(suite)),
        };
}
