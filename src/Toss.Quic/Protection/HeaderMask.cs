namespace Toss.Quic.Protection;

/// <summary>Picks the implementation of a suite's mask. Never one-shot EncryptEcb: it costs as much as a whole seal.</summary>
internal static class HeaderMask
{
    public const int SampleSize = 16;
    public const int Size = 5;

    public static IHeaderMask Create(CipherSuite suite, ReadOnlySpan<byte> key) =>
        suite == CipherSuite.ChaCha20Poly1305Sha256 ? new ChaChaMask(key)
        : AesInstructions.IsSupported ? new AesInstructionsMask(key)
        : new AesEngineMask(key);
}
