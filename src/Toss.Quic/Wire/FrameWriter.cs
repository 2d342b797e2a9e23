using Toss.Quic.Collections;

namespace Toss.Quic.Wire;

/// <summary>
/// Frames into the space of a packet. Each method writes a whole frame, or returns false and writes nothing when it does
/// not fit. Values that no frame may carry throw: they are the caller's mistake.
/// </summary>
internal ref partial struct FrameWriter(Span<byte> space)
{
    private readonly Span<byte> _space = space;

    /// <summary>Bytes of frames written.</summary>
    public int Length { get; private set; }

    public readonly int Left => _space.Length - Length;

    /// <summary>Fills all that is left, or as much as wanted.</summary>
    public void WritePadding(int count)
    {
        _space.Slice(Length, count).Clear();
        Length += count;
    }

    public bool TryWritePing() => TryWriteTypeOnly(FrameType.Ping);

    public bool TryWriteHandshakeDone() => TryWriteTypeOnly(FrameType.HandshakeDone);

    /// <summary>
    /// ACK with the largest of <paramref name="received"/> first, and as many of the others as fit, up to
    /// <paramref name="maximumRanges"/> in all.
    /// </summary>
    /// <param name="received">Ascending and disjoint, as <see cref="RangeSet"/> keeps it; not empty.</param>
    /// <param name="delay">Microseconds shifted right by our ack_delay_exponent.</param>
    /// <param name="ecn">Null leaves the counts out.</param>
    public bool TryWriteAck(
        scoped ReadOnlySpan<RangeSet.Range> received,
        long delay,
        EcnCounts? ecn,
        int maximumRanges = int.MaxValue
    )
    {
        var last = received[^1];
        var largest = last.End - 1;
        var first = last.Length - 1;
        var ecnSize = ecn is { } e ? VarInt.Length(e.Ect0) + VarInt.Length(e.Ect1) + VarInt.Length(e.Ce) : 0;
        var fixedSize = 1 + VarInt.Length(largest) + VarInt.Length(delay) + VarInt.Length(first) + ecnSize;
        // How many fit, before the count of them is written: a count of two bytes is allowed for from 64 on.
        var (count, size) = (0, fixedSize + 1);
        if (size > Left)
        {
            return false;
        }
        var most = Math.Min(received.Length, maximumRanges) - 1;
        while (count < most)
        {
            var (gap, length) = Before(received, received.Length - 2 - count);
            var grown =
                size + VarInt.Length(gap) + VarInt.Length(length) + VarInt.Length(count + 1) - VarInt.Length(count);
            if (grown > Left)
            {
                break;
            }
            size = grown;
            count++;
        }
        var writer = new SpanWriter(_space[Length..]);
        writer.WriteByte((byte)(ecn is null ? FrameType.Ack : FrameType.AckEcn));
        writer.WriteVarInt(largest);
        writer.WriteVarInt(delay);
        writer.WriteVarInt(count);
        writer.WriteVarInt(first);
        for (var i = 0; i < count; i++)
        {
            var (gap, length) = Before(received, received.Length - 2 - i);
            writer.WriteVarInt(gap);
            writer.WriteVarInt(length);
        }
        if (ecn is { } counts)
        {
            writer.WriteVarInt(counts.Ect0);
            writer.WriteVarInt(counts.Ect1);
            writer.WriteVarInt(counts.Ce);
        }
        Length += writer.Position;
        return true;
    }

    /// <summary>Bytes of data that a CRYPTO frame at this offset can take; 0 or less if none.</summary>
    public readonly int CryptoCapacity(long offset) => Capacity(1 + VarInt.Length(offset));

    public bool TryWriteCrypto(long offset, scoped ReadOnlySpan<byte> data)
    {
        var fits = TryReserveCrypto(offset, data.Length, out var space);
        if (fits)
        {
            data.CopyTo(space);
        }
        return fits;
    }

    /// <summary>A CRYPTO frame whose data the caller fills in.</summary>
    public bool TryReserveCrypto(long offset, int length, out Span<byte> data)
    {
        data = default;
        if (1 + VarInt.Length(offset) + PrefixedSize(length) > Left)
        {
            return false;
        }
        var writer = Begin(FrameType.Crypto);
        writer.WriteVarInt(offset);
        writer.WriteVarInt(length);
        data = Reserve(writer.Position, length);
        return true;
    }

    /// <summary>Bytes of data that a STREAM frame with a length can take; 0 or less if none.</summary>
    public readonly int StreamCapacity(long streamId, long offset) => Capacity(StreamFixedSize(streamId, offset));

    /// <param name="last">Nothing follows in this packet: it needs no length.</param>
    public bool TryWriteStream(long streamId, long offset, scoped ReadOnlySpan<byte> data, bool fin, bool last = false)
    {
        var fits = TryReserveStream(streamId, offset, data.Length, fin, out var space, last);
        if (fits)
        {
            data.CopyTo(space);
        }
        return fits;
    }

    /// <summary>A STREAM frame whose data the caller fills in.</summary>
    public bool TryReserveStream(
        long streamId,
        long offset,
        int length,
        bool fin,
        out Span<byte> data,
        bool last = false
    )
    {
        data = default;
        if (StreamFixedSize(streamId, offset) + (last ? length : PrefixedSize(length)) > Left)
        {
            return false;
        }
        var flags = (fin ? 1 : 0) | (last ? 0 : 2) | (offset > 0 ? 4 : 0);
        var writer = Begin((FrameType)((int)FrameType.Stream | flags));
        writer.WriteVarInt(streamId);
        if (offset > 0)
        {
            writer.WriteVarInt(offset);
        }
        if (!last)
        {
            writer.WriteVarInt(length);
        }
        data = Reserve(writer.Position, length);
        // It reaches to the end of the packet, whatever is left there.
        IsClosed = last;
        return true;
    }

    /// <param name="last">Nothing follows in this packet: it needs no length.</param>
    public bool TryWriteDatagram(scoped ReadOnlySpan<byte> data, bool last = false)
    {
        if (1 + (last ? data.Length : PrefixedSize(data.Length)) > Left)
        {
            return false;
        }
        var writer = Begin(last ? FrameType.Datagram : FrameType.DatagramWithLength);
        if (!last)
        {
            writer.WriteVarInt(data.Length);
        }
        writer.WriteBytes(data);
        Length += writer.Position;
        IsClosed = last;
        return true;
    }

    private static (long Gap, long Length) Before(ReadOnlySpan<RangeSet.Range> received, int index) =>
        (received[index + 1].Start - received[index].End - 1, received[index].Length - 1);

    private static int StreamFixedSize(long streamId, long offset) =>
        1 + VarInt.Length(streamId) + (offset > 0 ? VarInt.Length(offset) : 0);

    private static int PrefixedSize(int length) => VarInt.Length(length) + length;

    private readonly int Capacity(int fixedSize)
    {
        var left = Left - fixedSize;
        // Where the length itself grows by a byte, one byte may stay unused.
        return left <= 0 ? 0 : left - VarInt.Length(left);
    }

    private readonly SpanWriter Begin(FrameType type)
    {
        if (IsClosed)
        {
            throw new InvalidOperationException("A frame without a length ends the packet.");
        }
        var writer = new SpanWriter(_space[Length..]);
        writer.WriteVarInt((long)type);
        return writer;
    }

    private Span<byte> Reserve(int header, int length)
    {
        var data = _space.Slice(Length + header, length);
        Length += header + length;
        return data;
    }

    private bool TryWriteTypeOnly(FrameType type)
    {
        if (Left < 1)
        {
            return false;
        }
        Length += Begin(type).Position;
        return true;
    }

    /// <summary>A frame without a length was written; no other may follow.</summary>
    public bool IsClosed { get; private set; }
}
