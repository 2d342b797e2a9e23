using System.Security.Cryptography;

namespace Toss.Quic.Protection;

internal sealed class SystemAesGcm(ReadOnlySpan<byte> key) : IPacketAead
{
    private readonly AesGcm _gcm = new(key, PacketAead.TagSize);

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> text, Span<byte> tag) =>
        _gcm.Encrypt(nonce, text, text, tag, associated);

    public bool TryOpen(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        Span<byte> text,
        ReadOnlySpan<byte> tag
    )
    {
        try
        {
            _gcm.Decrypt(nonce, text, tag, text, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _gcm.Dispose();
}
