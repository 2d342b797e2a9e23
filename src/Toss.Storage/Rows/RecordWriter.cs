using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Toss.Storage.Rows;

/// <summary>
/// Writes the plaintext of a sealed column: fixed-width little-endian numbers, and bytes behind their 32-bit length.
/// Dispose zeroes the buffer.
/// </summary>
internal sealed class RecordWriter : IDisposable
{
    private byte[] _buffer = new byte[512];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public RecordWriter Byte(int value)
    {
        Reserve(1)[0] = checked((byte)value);
        return this;
    }

    public RecordWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), value);
        return this;
    }

    public RecordWriter Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);
        return this;
    }

    /// <summary>To the tick; the offset is dropped.</summary>
    public RecordWriter Time(DateTimeOffset value) => Int64(value.UtcTicks);

    public RecordWriter OptionalTime(DateTimeOffset? value) => value is { } time ? Byte(1).Time(time) : Byte(0);

    /// <summary>Bytes of a length both sides know.</summary>
    public RecordWriter Fixed(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        return this;
    }

    public RecordWriter Bytes(ReadOnlySpan<byte> value) => Int32(value.Length).Fixed(value);

    public RecordWriter OptionalBytes(ReadOnlyMemory<byte>? value) =>
        value is { } bytes ? Byte(1).Bytes(bytes.Span) : Byte(0);

    // An overload of its own: a null array would otherwise become an empty memory that is there.
    public RecordWriter OptionalBytes(byte[]? value) => value is null ? Byte(0) : Byte(1).Bytes(value);

    public RecordWriter Text(string value)
    {
        var size = Encoding.UTF8.GetByteCount(value);
        Int32(size);
        Encoding.UTF8.GetBytes(value, Reserve(size));
        return this;
    }

    public RecordWriter OptionalText(string? value) => value is null ? Byte(0) : Byte(1).Text(value);

    public RecordWriter Message(IMessage value)
    {
        var size = value.CalculateSize();
        Int32(size);
        value.WriteTo(Reserve(size));
        return this;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_buffer);

    private Span<byte> Reserve(int size)
    {
        if (_buffer.Length - _length < size)
        {
            var larger = new byte[Math.Max(_buffer.Length * 2, _length + size)];
            Written.CopyTo(larger);
            CryptographicOperations.ZeroMemory(_buffer);
            _buffer = larger;
        }
        var place = _buffer.AsSpan(_length, size);
        _length += size;
        return place;
    }
}
