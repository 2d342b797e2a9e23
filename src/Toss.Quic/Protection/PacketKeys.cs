using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Toss.Quic.Protection;

/// <summary>AEAD and IV of one direction in one key phase (RFC 9001 §5.1, §5.3).</summary>
internal sealed class PacketKeys : IDisposable
{
    private readonly IPacketAead _aead;
    private Iv _iv;

    public PacketKeys(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        var parameters = SuiteParameters.Of(suite);
        Span<byte> key = stackalloc byte[parameters.KeySize];
        KeyDerivation.ExpandLabel(parameters.Hash, secret, "quic key"u8, key);
        KeyDerivation.ExpandLabel(parameters.Hash, secret, "quic iv"u8, _iv);
        _aead = PacketAead.Create(suite, key);
        CryptographicOperations.ZeroMemory(key);
    }

    [InlineArray(PacketAead.NonceSize)]
    private struct Iv
    {
        private byte _first;
    }

    /// <param name="packet">From its first byte to the end of its tag.</param>
    public void Seal(Span<byte> packet, int headerSize, long packetNumber)
    {
        Span<byte> nonce = stackalloc byte[PacketAead.NonceSize];
        Nonce(packetNumber, nonce);
        _aead.Seal(nonce, packet[..headerSize], packet[headerSize..^PacketAead.TagSize], packet[^PacketAead.TagSize..]);
    }

    /// <summary>False if it is not authentic; then its content is lost.</summary>
    public bool TryOpen(Span<byte> packet, int headerSize, long packetNumber)
    {
        Span<byte> nonce = stackalloc byte[PacketAead.NonceSize];
        Nonce(packetNumber, nonce);
        return _aead.TryOpen(
            nonce,
            packet[..headerSize],
            packet[headerSize..^PacketAead.TagSize],
            packet[^PacketAead.TagSize..]
        );
    }

    public void Dispose()
    {
        _aead.Dispose();
        CryptographicOperations.ZeroMemory(_iv);
    }

    /// <summary>§5.3: the packet number, left-padded, exclusive-or the IV.</summary>
    private void Nonce(long packetNumber, Span<byte> nonce)
    {
        ((ReadOnlySpan<byte>)_iv).CopyTo(nonce);
        var low = nonce[4..];
        var value = BinaryPrimitives.ReadUInt64BigEndian(low) ^ (ulong)packetNumber;
        BinaryPrimitives.WriteUInt64BigEndian(low, value);
    }
}
