using System.Buffers.Binary;

namespace Toss.Quic.Wire;

/// <summary>Writes fields one after another. Who writes has made sure that they fit: beyond the end it throws.</summary>
internal ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Position { get; private set; }

    public readonly int Left => _destination.Length - Position;

    public readonly ReadOnlySpan<byte> Written => _destination[..Position];

    public void WriteByte(byte value) => _destination[Position++] = value;

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_destination[Position..], value);
        Position += 2;
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_destination[Position..], value);
        Position += 4;
    }

    public void WriteVarInt(long value) => Position += VarInt.Write(_destination[Position..], value);

    /// <summary>Two bytes to be filled in by <see cref="VarInt.WriteTwo"/>.</summary>
    public int Reserve(int count)
    {
        var at = Position;
        _destination.Slice(at, count).Clear();
        Position += count;
        return at;
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Position..]);
        Position += bytes.Length;
    }

    public void WritePrefixed(scoped ReadOnlySpan<byte> bytes)
    {
        WriteVarInt(bytes.Length);
        WriteBytes(bytes);
    }

    /// <summary>Its length in one byte, and the connection ID.</summary>
    public void WriteConnectionId(in ConnectionId id)
    {
        WriteByte((byte)id.Length);
        WriteBytes(id.Span);
    }
}
