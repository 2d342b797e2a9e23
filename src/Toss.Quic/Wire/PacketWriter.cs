using System.Buffers.Binary;

namespace Toss.Quic.Wire;

/// <summary>
/// Headers as they stand before protection (RFC 9000 §17). A packet is written so: its header here, frames behind it,
/// <see cref="SetLength"/> for a long one, then it is sealed.
/// </summary>
internal static class PacketWriter
{
    /// <summary>Bytes of the Length field, always two: it is filled in when the frames are known.</summary>
    public const int LengthSize = 2;

    private const byte FixedBit = 0x40;

    /// <summary>The size of a header that ends with its packet number.</summary>
    public static int LongHeaderSize(
        PacketType type,
        in ConnectionId destination,
        in ConnectionId source,
        int tokenLength,
        int packetNumberLength
    ) =>
        1
        + 4
        + 2
        + destination.Length
        + source.Length
        + (type == PacketType.Initial ? VarInt.Length(tokenLength) + tokenLength : 0)
        + LengthSize
        + packetNumberLength;

    /// <summary>Initial, 0-RTT or Handshake; returns the header's size. Throws if it does not fit.</summary>
    /// <param name="token">Only for an Initial.</param>
    public static int WriteLongHeader(
        Span<byte> destination,
        PacketType type,
        in ConnectionId destinationId,
        in ConnectionId sourceId,
        ReadOnlySpan<byte> token,
        long packetNumber,
        int packetNumberLength
    )
    {
        if (type is not (PacketType.Initial or PacketType.ZeroRtt or PacketType.Handshake))
        {
            throw new ArgumentOutOfRangeException(nameof(type));
        }
        var writer = new SpanWriter(destination);
        writer.WriteByte((byte)(0x80 | FixedBit | ((int)type << 4) | (packetNumberLength - 1)));
        writer.WriteUInt32(QuicVersion.One);
        writer.WriteConnectionId(destinationId);
        writer.WriteConnectionId(sourceId);
        if (type == PacketType.Initial)
        {
            writer.WritePrefixed(token);
        }
        writer.Reserve(LengthSize);
        var at = writer.Reserve(packetNumberLength);
        PacketNumber.Write(destination[at..], packetNumber, packetNumberLength);
        return writer.Position;
    }

    /// <summary>Fills in Length: packet number, frames and tag (§17.2).</summary>
    /// <param name="packet">From its first byte to the end of the space for the tag.</param>
    public static void SetLength(Span<byte> packet, int headerSize, int packetNumberLength) =>
        VarInt.WriteTwo(
            packet[(headerSize - packetNumberLength - LengthSize)..],
            packet.Length - headerSize + packetNumberLength
        );

    /// <summary>1-RTT; returns the header's size. The key phase is set when it is sealed. Throws if it does not fit.</summary>
    /// <param name="fixedBit">False only when the peer allows it and no STUN shares the path (RFC 9287 §3.1).</param>
    public static int WriteShortHeader(
        Span<byte> destination,
        in ConnectionId destinationId,
        long packetNumber,
        int packetNumberLength,
        bool spin = false,
        bool fixedBit = true
    )
    {
        var writer = new SpanWriter(destination);
        writer.WriteByte((byte)((fixedBit ? FixedBit : 0) | (spin ? 0x20 : 0) | (packetNumberLength - 1)));
        writer.WriteBytes(destinationId.Span);
        var at = writer.Reserve(packetNumberLength);
        PacketNumber.Write(destination[at..], packetNumber, packetNumberLength);
        return writer.Position;
    }

    /// <summary>A Retry without its integrity tag (§17.2.5); returns its size.</summary>
    /// <param name="token">Not empty.</param>
    public static int WriteRetry(
        Span<byte> destination,
        in ConnectionId destinationId,
        in ConnectionId sourceId,
        ReadOnlySpan<byte> token,
        byte unused = 0
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(token.Length, nameof(token));
        var writer = new SpanWriter(destination);
        writer.WriteByte((byte)(0x80 | FixedBit | ((int)PacketType.Retry << 4) | (unused & 0x0f)));
        writer.WriteUInt32(QuicVersion.One);
        writer.WriteConnectionId(destinationId);
        writer.WriteConnectionId(sourceId);
        writer.WriteBytes(token);
        return writer.Position;
    }

    /// <summary>
    /// Version Negotiation as the answer to a packet of another version (§17.2.1): its IDs exchanged, whatever their
    /// length; returns its size.
    /// </summary>
    /// <param name="random">The unused bits of the first byte.</param>
    public static int WriteVersionNegotiation(
        Span<byte> destination,
        in PacketHeader answered,
        byte random,
        ReadOnlySpan<uint> versions
    )
    {
        var writer = new SpanWriter(destination);
        // The bit that is fixed elsewhere is set, so that one socket can tell other protocols apart (§17.2.1).
        writer.WriteByte((byte)(0x80 | FixedBit | (random & 0x3f)));
        writer.WriteUInt32(QuicVersion.Negotiation);
        writer.WriteByte((byte)answered.SourceBytes.Length);
        writer.WriteBytes(answered.SourceBytes);
        writer.WriteByte((byte)answered.DestinationBytes.Length);
        writer.WriteBytes(answered.DestinationBytes);
        foreach (var version in versions)
        {
            writer.WriteUInt32(version);
        }
        return writer.Position;
    }

    /// <summary>Whether <paramref name="versions"/>, as a Version Negotiation carries them, has this one.</summary>
    public static bool Offers(ReadOnlySpan<byte> versions, uint version)
    {
        for (; versions.Length >= 4; versions = versions[4..])
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(versions) == version)
            {
                return true;
            }
        }
        return false;
    }
}
