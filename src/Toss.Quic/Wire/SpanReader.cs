using System.Buffers.Binary;

namespace Toss.Quic.Wire;

/// <summary>Reads fields one after another; each returns false, and moves nothing, when the bytes end before it does.</summary>
internal ref struct SpanReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;

    public int Position { get; private set; }

    public readonly int Left => _source.Length - Position;

    public readonly ReadOnlySpan<byte> Rest => _source[Position..];

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (Left < 1)
        {
            return false;
        }
        value = _source[Position++];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        value = 0;
        if (!TryReadBytes(2, out var bytes))
        {
            return false;
        }
        value = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        value = 0;
        if (!TryReadBytes(4, out var bytes))
        {
            return false;
        }
        value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return true;
    }

    public bool TryReadVarInt(out long value) => TryReadVarInt(out value, out _);

    public bool TryReadVarInt(out long value, out int length)
    {
        if (!VarInt.TryRead(Rest, out value, out length))
        {
            return false;
        }
        Position += length;
        return true;
    }

    public bool TryReadBytes(long count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (count < 0 || count > Left)
        {
            return false;
        }
        bytes = _source.Slice(Position, (int)count);
        Position += (int)count;
        return true;
    }

    /// <summary>A variable-length integer and as many bytes.</summary>
    public bool TryReadPrefixed(out ReadOnlySpan<byte> bytes)
    {
        var start = Position;
        if (TryReadVarInt(out var length) && TryReadBytes(length, out bytes))
        {
            return true;
        }
        bytes = default;
        Position = start;
        return false;
    }

    /// <summary>One byte of length, at most 20 (RFC 9000 §17.2), and the connection ID.</summary>
    public bool TryReadConnectionId(out ConnectionId id)
    {
        var start = Position;
        if (TryReadByte(out var length) && length <= ConnectionId.MaximumLength && TryReadBytes(length, out var bytes))
        {
            id = new ConnectionId(bytes);
            return true;
        }
        id = default;
        Position = start;
        return false;
    }
}
