using System.Security.Cryptography;

namespace Toss.Quic.Protection;

/// <summary>Picks the implementation of a suite's AEAD.</summary>
internal static class PacketAead
{
    public const int NonceSize = 12;
    public const int TagSize = 16;

    public static IPacketAead Create(CipherSuite suite, ReadOnlySpan<byte> key) =>
        suite == CipherSuite.ChaCha20Poly1305Sha256
            ? ChaCha20Poly1305.IsSupported
                ? new SystemChaCha(key)
                : new ManagedAead(suite, key)
            : AesInstructionsGcm.IsSupported
                ? new AesInstructionsGcm(key)
                : AesGcm.IsSupported
                    ? new SystemAesGcm(key)
                    : new ManagedAead(suite, key);
}
