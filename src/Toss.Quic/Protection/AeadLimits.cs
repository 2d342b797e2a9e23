namespace Toss.Quic.Protection;

/// <summary>RFC 9001 §6.6, appendix B.</summary>
/// <param name="Confidentiality">Packets sealed with one key; then it must not be used further.</param>
/// <param name="Integrity">Packets that did not open, over all keys of a connection; then it ends.</param>
internal readonly record struct AeadLimits(long Confidentiality, long Integrity)
{
    public static readonly AeadLimits AesGcm = new(1L << 23, 1L << 52);

    /// <summary>More packets than there are packet numbers need no limit.</summary>
    public static readonly AeadLimits ChaCha20Poly1305 = new(long.MaxValue, 1L << 36);
}
