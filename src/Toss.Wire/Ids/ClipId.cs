using System.Buffers.Binary;

namespace Toss.Wire;

/// <summary>A clip: UUIDv7, 16 bytes, big-endian.</summary>
public readonly record struct ClipId(UInt128 Value) : IComparable<ClipId>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    /// <summary>Reads exactly <see cref="Size"/> bytes; false for any other length.</summary>
    public static bool TryFrom(ReadOnlySpan<byte> bytes, out ClipId id)
    {
        id = bytes.Length == Size ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes)) : default;
        return bytes.Length == Size;
    }

    /// <summary>Reads the lower- or upper-case hexadecimal form that <see cref="ToString"/> gives.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ClipId id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        id = default;
        return text.Length == Size * 2
            && Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && TryFrom(bytes[..written], out id);
    }

    /// <summary>Makes a UUIDv7 (RFC 9562 §5.7) from Unix milliseconds and ten random bytes.</summary>
    public static ClipId FromParts(long unixMilliseconds, ReadOnlySpan<byte> random)
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, unixMilliseconds << 16);
        random[..10].CopyTo(bytes[6..]);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        _ = TryFrom(bytes, out var id);
        return id;
    }

    /// <summary>When it was made, by the clock of the device that made it.</summary>
    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds((long)(Value >> 80));

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

    public int CompareTo(ClipId other)
    {
        return Value.CompareTo(other.Value);
    }

    /// <summary>Lower-case hexadecimal. Logs use at most <see cref="Short"/>.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToBytes());

    /// <summary>The first eight hexadecimal digits: enough to follow in a log, too little to identify.</summary>
    public string Short => Convert.ToHexStringLower(ToBytes().AsSpan(0, 4));
}
