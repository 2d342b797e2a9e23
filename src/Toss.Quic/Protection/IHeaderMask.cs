namespace Toss.Quic.Protection;

/// <summary>The mask of header protection under one key (RFC 9001 §5.4.1).</summary>
internal interface IHeaderMask : IDisposable
{
    /// <param name="sample">16 bytes of ciphertext.</param>
    /// <param name="mask">5 bytes.</param>
    void Compute(ReadOnlySpan<byte> sample, Span<byte> mask);
}
