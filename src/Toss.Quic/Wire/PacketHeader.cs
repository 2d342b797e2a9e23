namespace Toss.Quic.Wire;

/// <summary>
/// What stands in the clear before the packet number (RFC 9000 §17), of the first packet in a datagram. Spans live as
/// long as the datagram.
/// </summary>
internal ref struct PacketHeader
{
    /// <summary>Bytes of the AEAD's tag at the end of Retry packets (§17.2.5).</summary>
    public const int RetryTagSize = 16;

    public PacketType Type;

    /// <summary>0 with a short header.</summary>
    public uint Version;

    /// <summary>Empty for <see cref="PacketType.UnknownVersion"/>, whose IDs may be longer: <see cref="DestinationBytes"/>.</summary>
    public ConnectionId Destination;

    /// <summary>Empty with a short header.</summary>
    public ConnectionId Source;

    public ReadOnlySpan<byte> DestinationBytes;
    public ReadOnlySpan<byte> SourceBytes;

    /// <summary>Initial: perhaps empty. Retry: never empty.</summary>
    public ReadOnlySpan<byte> Token;

    /// <summary>Retry: its integrity tag.</summary>
    public ReadOnlySpan<byte> RetryTag;

    /// <summary>VersionNegotiation: four bytes each, at least one (§17.2.1).</summary>
    public ReadOnlySpan<byte> Versions;

    /// <summary>Where the protected packet number begins.</summary>
    public int PacketNumberOffset;

    /// <summary>The whole packet's bytes; what follows in the datagram is the next packet (§12.2).</summary>
    public int PacketLength;

    /// <summary>False only where a peer uses our grease_quic_bit (RFC 9287).</summary>
    public bool FixedBit;

    /// <summary>
    /// False if it is no packet of ours, or cut short: it is dropped without an answer, and the rest of its datagram with it.
    /// </summary>
    /// <param name="localIdLength">Of the connection IDs that we issue: a short header does not say.</param>
    /// <param name="greased">Whether we announced grease_quic_bit; otherwise a packet without the fixed bit is dropped.</param>
    public static bool TryRead(ReadOnlySpan<byte> datagram, int localIdLength, bool greased, out PacketHeader header)
    {
        // A header has 180 bytes: cleared once, copied once.
        PacketHeader found = default;
        var reader = new SpanReader(datagram);
        if (reader.TryReadByte(out var first) && Read(ref reader, first, localIdLength, greased, ref found))
        {
            header = found;
            return true;
        }
        header = default;
        return false;
    }

    private static bool Read(
        scoped ref SpanReader reader,
        byte first,
        int localIdLength,
        bool greased,
        scoped ref PacketHeader header
    )
    {
        header.FixedBit = (first & 0x40) != 0;
        return (first & 0x80) == 0
            ? (greased || header.FixedBit) && ReadShort(ref reader, localIdLength, ref header)
            : ReadLong(ref reader, first, greased, ref header);
    }

    private static bool ReadShort(scoped ref SpanReader reader, int localIdLength, scoped ref PacketHeader header)
    {
        if (!reader.TryReadBytes(localIdLength, out var id))
        {
            return false;
        }
        header.Type = PacketType.OneRtt;
        header.DestinationBytes = id;
        header.Destination = new ConnectionId(id);
        header.PacketNumberOffset = reader.Position;
        header.PacketLength = reader.Position + reader.Left;
        return true;
    }

    private static bool ReadLong(scoped ref SpanReader reader, byte first, bool greased, scoped ref PacketHeader header)
    {
        // RFC 8999 §5.1: in all versions, with connection IDs of up to 255 bytes.
        if (
            !reader.TryReadUInt32(out header.Version)
            || !reader.TryReadByte(out var destinationLength)
            || !reader.TryReadBytes(destinationLength, out header.DestinationBytes)
            || !reader.TryReadByte(out var sourceLength)
            || !reader.TryReadBytes(sourceLength, out header.SourceBytes)
        )
        {
            return false;
        }
        header.PacketLength = reader.Position + reader.Left;
        if (header.Version is not (QuicVersion.Negotiation or QuicVersion.One))
        {
            header.Type = PacketType.UnknownVersion;
            return true;
        }
        if (destinationLength > ConnectionId.MaximumLength || sourceLength > ConnectionId.MaximumLength)
        {
            return false;
        }
        header.Destination = new ConnectionId(header.DestinationBytes);
        header.Source = new ConnectionId(header.SourceBytes);
        if (header.Version == QuicVersion.Negotiation)
        {
            // Its first byte means nothing but the form (§17.2.1).
            header.Type = PacketType.VersionNegotiation;
            return reader.Left > 0 && reader.Left % 4 == 0 && reader.TryReadBytes(reader.Left, out header.Versions);
        }
        if (!greased && !header.FixedBit)
        {
            return false;
        }
        header.Type = (PacketType)((first >> 4) & 3);
        if (header.Type == PacketType.Retry)
        {
            return reader.Left > RetryTagSize
                && reader.TryReadBytes(reader.Left - RetryTagSize, out header.Token)
                && reader.TryReadBytes(RetryTagSize, out header.RetryTag);
        }
        if (header.Type == PacketType.Initial && !reader.TryReadPrefixed(out header.Token))
        {
            return false;
        }
        if (!reader.TryReadVarInt(out var length) || length > reader.Left)
        {
            return false;
        }
        header.PacketNumberOffset = reader.Position;
        header.PacketLength = reader.Position + (int)length;
        return true;
    }
}
