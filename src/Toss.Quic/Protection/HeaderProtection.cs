using System.Security.Cryptography;
using Toss.Quic.Wire;

namespace Toss.Quic.Protection;

/// <summary>Header protection of one direction at one level; key updates do not change its key (RFC 9001 §5.4, §6.1).</summary>
internal sealed class HeaderProtection : IDisposable
{
    private readonly IHeaderMask _mask;

    public HeaderProtection(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        var parameters = SuiteParameters.Of(suite);
        Span<byte> key = stackalloc byte[parameters.KeySize];
        KeyDerivation.ExpandLabel(parameters.Hash, secret, "quic hp"u8, key);
        _mask = HeaderMask.Create(suite, key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>
    /// Bytes of frames that a packet needs at least, so that there is a sample: with the packet number 4 (§5.4.2). The
    /// sender pads.
    /// </summary>
    public static int SmallestPayload(int packetNumberLength) => PacketNumber.MaximumLength - packetNumberLength;

    /// <param name="packet">Sealed already.</param>
    public void Apply(Span<byte> packet, int packetNumberOffset, int packetNumberLength)
    {
        Span<byte> mask = stackalloc byte[HeaderMask.Size];
        Compute(packet, packetNumberOffset, mask);
        packet[0] ^= (byte)(mask[0] & FirstByteBits(packet[0]));
        for (var i = 0; i < packetNumberLength; i++)
        {
            packet[packetNumberOffset + i] ^= mask[1 + i];
        }
    }

    /// <summary>False if the packet is too short for a sample; it is dropped then. Nothing read here is authentic yet.</summary>
    public bool TryRemove(
        Span<byte> packet,
        int packetNumberOffset,
        out int packetNumberLength,
        out long truncatedNumber
    )
    {
        packetNumberLength = 0;
        truncatedNumber = 0;
        if (packet.Length < packetNumberOffset + PacketNumber.MaximumLength + HeaderMask.SampleSize)
        {
            return false;
        }
        Span<byte> mask = stackalloc byte[HeaderMask.Size];
        Compute(packet, packetNumberOffset, mask);
        packet[0] ^= (byte)(mask[0] & FirstByteBits(packet[0]));
        packetNumberLength = (packet[0] & 3) + 1;
        for (var i = 0; i < packetNumberLength; i++)
        {
            ref var part = ref packet[packetNumberOffset + i];
            part ^= mask[1 + i];
            truncatedNumber = (truncatedNumber << 8) | part;
        }
        return true;
    }

    public void Dispose() => _mask.Dispose();

    private void Compute(Span<byte> packet, int packetNumberOffset, Span<byte> mask) =>
        _mask.Compute(packet.Slice(packetNumberOffset + PacketNumber.MaximumLength, HeaderMask.SampleSize), mask);

    private static int FirstByteBits(byte first) => (first & 0x80) != 0 ? 0x0f : 0x1f;
}
