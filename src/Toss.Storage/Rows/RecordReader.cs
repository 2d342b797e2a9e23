using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Toss.Wire;

namespace Toss.Storage.Rows;

/// <summary>
/// Reads what <see cref="RecordWriter"/> wrote. Never throws: once something does not fit, every answer is empty and
/// <see cref="Complete"/> stays false. Bytes are slices of the record, not copies.
/// </summary>
internal struct RecordReader(ReadOnlyMemory<byte> record)
{
    private ReadOnlyMemory<byte> _rest = record;

    public bool Failed { get; private set; }

    /// <summary>Everything was read, nothing is left.</summary>
    public readonly bool Complete => !Failed && _rest.IsEmpty;

    public byte Byte() => Fixed(1) is { IsEmpty: false } bytes ? bytes.Span[0] : (byte)0;

    public int Int32() => Fixed(4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt32LittleEndian(bytes.Span) : 0;

    public long Int64() =>
        Fixed(8) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes.Span) : 0;

    public bool Flag()
    {
        var value = Byte();
        Failed |= value > 1;
        return value == 1;
    }

    public DateTimeOffset Time()
    {
        var ticks = Int64();
        if (ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks)
        {
            Failed = true;
            ticks = 0;
        }
        return new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    public DateTimeOffset? OptionalTime() => Flag() ? Time() : null;

    public ReadOnlyMemory<byte> Fixed(int size)
    {
        if (Failed || size < 0 || size > _rest.Length)
        {
            Failed = true;
            return default;
        }
        var bytes = _rest[..size];
        _rest = _rest[size..];
        return bytes;
    }

    public ReadOnlyMemory<byte> Bytes() => Fixed(Int32());

    public ReadOnlyMemory<byte>? OptionalBytes()
    {
        // Not a conditional expression: there, null would be an empty memory.
        if (!Flag())
        {
            return null;
        }
        return Bytes();
    }

    public string Text() => Encoding.UTF8.GetString(Bytes().Span);

    public string? OptionalText() => Flag() ? Text() : null;

    /// <summary>How many elements follow; each takes at least a byte, so a false count cannot make us allocate.</summary>
    public int Count()
    {
        var count = Int32();
        if (count < 0 || count > _rest.Length)
        {
            Failed = true;
            return 0;
        }
        return count;
    }

    public T Message<T>()
        where T : class, IMessage<T>, new()
    {
        var bytes = Bytes().Span;
        Failed |= !WireReader.TryRead<T>(bytes, bytes.Length, out var message);
        return message;
    }

    public Uri Address()
    {
        var text = Text();
        if (Uri.TryCreate(text, UriKind.Absolute, out var address))
        {
            return address;
        }
        Failed = true;
        return new Uri("invalid:");
    }
}
