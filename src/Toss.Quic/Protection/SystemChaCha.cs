using System.Security.Cryptography;

namespace Toss.Quic.Protection;

internal sealed class SystemChaCha(ReadOnlySpan<byte> key) : IPacketAead
{
    private readonly ChaCha20Poly1305 _cipher = new(key);

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> text, Span<byte> tag) =>
        _cipher.Encrypt(nonce, text, text, tag, associated);

    public bool TryOpen(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        Span<byte> text,
        ReadOnlySpan<byte> tag
    )
    {
        try
        {
            _cipher.Decrypt(nonce, text, tag, text, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();
}
