using System.Buffers.Binary;

namespace Toss.Wire;

/// <summary>A roster statement: SHA-256 of its signed body and signer.</summary>
public readonly record struct StatementId(UInt128 High, UInt128 Low) : IComparable<StatementId>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 32;

    /// <summary>Reads exactly <see cref="Size"/> bytes; false for any other length.</summary>
    public static bool TryFrom(ReadOnlySpan<byte> bytes, out StatementId id)
    {
        id =
            bytes.Length == Size
                ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]))
                : default;
        return bytes.Length == Size;
    }

    /// <summary>Reads the lower- or upper-case hexadecimal form that <see cref="ToString"/> gives.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out StatementId id)
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
        BinaryPrimitives.WriteUInt128BigEndian(destination, High);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], Low);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        WriteTo(bytes);
        return bytes;
    }

    public int CompareTo(StatementId other)
    {
        var high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    /// <summary>Lower-case hexadecimal. Logs use at most <see cref="Short"/>.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToBytes());

    /// <summary>The first eight hexadecimal digits: enough to follow in a log, too little to identify.</summary>
    public string Short => Convert.ToHexStringLower(ToBytes().AsSpan(0, 4));
}
