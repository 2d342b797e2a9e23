using System.Buffers.Binary;

namespace Toss.Wire;

/// <summary>A sealed message; acts once at its receiver however often it arrives.</summary>
public readonly record struct MessageId(UInt128 Value) : IComparable<MessageId>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    /// <summary>Reads exactly <see cref="Size"/> bytes; false for any other length.</summary>
    public static bool TryFrom(ReadOnlySpan<byte> bytes, out MessageId id)
    {
        id = bytes.Length == Size ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes)) : default;
        return bytes.Length == Size;
    }

    /// <summary>Reads the lower- or upper-case hexadecimal form that <see cref="ToString"/> gives.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MessageId id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        id = default;
        return text.Length == Size * 2
            && Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && TryFrom(bytes[..written], out id);
    }

    /// <summary>Writes <see cref="Size"/> bytes, big-endian.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        WriteTo(bytes);
        return bytes;
    }

    public int CompareTo(MessageId other)
    {
        return Value.CompareTo(other.Value);
    }

    /// <summary>Lower-case hexadecimal. Logs use at most <see cref="Short"/>.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToBytes());

    /// <summary>The first eight hexadecimal digits: enough to follow in a log, too little to identify.</summary>
    public string Short => Convert.ToHexStringLower(ToBytes().AsSpan(0, 4));
}
