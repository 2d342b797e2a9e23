using System.Buffers.Binary;

namespace Toss.Quic.Protection;

internal enum AddressTokenStatus
{
    Valid,

    /// <summary>Not ours, of another address, or changed: for a server as if there were no token (RFC 9000 §8.1.3).</summary>
    Unknown,

    /// <summary>Ours, but late. A Retry token that is late is an INVALID_TOKEN (RFC 9000 §8.1.3).</summary>
    Expired,
}

/// <summary>
/// Makes and checks address-validation tokens (RFC 9000 §8.1.4): nonce ‖ AES-256-GCM(kind ‖ expiry ‖ original destination),
/// bound to the peer's address. The server keeps nothing for them; that a token is used once it must see to itself.
/// </summary>
/// <param name="key">32 bytes, known to this server only.</param>
internal sealed class AddressTokenSealer(ReadOnlySpan<byte> key) : IDisposable
{
    public const int NonceSize = PacketAead.NonceSize;

    /// <summary>The longest token.</summary>
    public const int MaximumSize = NonceSize + MaximumText + PacketAead.TagSize;

    private const int MaximumText = 1 + 8 + 1 + ConnectionId.MaximumLength;

    private readonly IPacketAead _aead = PacketAead.Create(CipherSuite.Aes256GcmSha384, key);

    /// <summary>Returns the token's size.</summary>
    /// <param name="peer">
    /// The address the token is good for, in bytes that are always the same for it; a Retry's with the port.
    /// </param>
    /// <param name="nonce">Random, never used with this key before.</param>
    /// <param name="destination">At least <see cref="MaximumSize"/>.</param>
    public int Seal(in AddressToken token, ReadOnlySpan<byte> peer, ReadOnlySpan<byte> nonce, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, NonceSize, nameof(nonce));
        nonce.CopyTo(destination);
        var text = destination.Slice(NonceSize, 1 + 8 + 1 + token.OriginalDestination.Length);
        text[0] = (byte)token.Kind;
        BinaryPrimitives.WriteInt64BigEndian(text[1..], token.Expires.Ticks);
        text[9] = (byte)token.OriginalDestination.Length;
        token.OriginalDestination.Span.CopyTo(text[10..]);
        var end = NonceSize + text.Length;
        _aead.Seal(nonce, peer, text, destination.Slice(end, PacketAead.TagSize));
        return end + PacketAead.TagSize;
    }

    public AddressTokenStatus Open(
        ReadOnlySpan<byte> sealedToken,
        ReadOnlySpan<byte> peer,
        Instant now,
        out AddressToken token
    )
    {
        token = default;
        var size = sealedToken.Length - NonceSize - PacketAead.TagSize;
        if (size is < 1 + 8 + 1 or > MaximumText)
        {
            return AddressTokenStatus.Unknown;
        }
        Span<byte> text = stackalloc byte[MaximumText];
        text = text[..size];
        sealedToken.Slice(NonceSize, size).CopyTo(text);
        if (
            !_aead.TryOpen(sealedToken[..NonceSize], peer, text, sealedToken[^PacketAead.TagSize..])
            || text[9] != size - 10
        )
        {
            return AddressTokenStatus.Unknown;
        }
        token = new AddressToken(
            (AddressTokenKind)text[0],
            new Instant(BinaryPrimitives.ReadInt64BigEndian(text[1..])),
            new ConnectionId(text[10..])
        );
        return now < token.Expires ? AddressTokenStatus.Valid : AddressTokenStatus.Expired;
    }

    public void Dispose() => _aead.Dispose();
}
