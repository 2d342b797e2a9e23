namespace Toss.Quic.Protection;

/// <summary>
/// An AEAD under one key, with a nonce of 12 and a tag of 16 bytes, that works in place: the system's ciphers, or managed
/// ones where the system has none. Not thread-safe.
/// </summary>
internal interface IPacketAead : IDisposable
{
    void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> text, Span<byte> tag);

    /// <summary>False if it is not authentic; then <paramref name="text"/> is lost.</summary>
    bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> text, ReadOnlySpan<byte> tag);
}
