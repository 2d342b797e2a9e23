using System.Buffers.Binary;

namespace Toss.Quic.Wire;

/// <summary>
/// Variable-length integers (RFC 9000 §16, A.1): 62 bits in 1, 2, 4 or 8 bytes. Kept as <c>long</c>, which holds all of
/// them and is never negative.
/// </summary>
internal static class VarInt
{
    public const long Maximum = (1L << 62) - 1;

    /// <summary>Bytes of the shortest encoding.</summary>
    public static int Length(long value) =>
        value switch
        {
            < 0 or > Maximum => throw new ArgumentOutOfRangeException(nameof(value)),
            < 1 << 6 => 1,
            < 1 << 14 => 2,
            < 1 << 30 => 4,
            _ => 8,
        };

    /// <summary>Writes the shortest encoding; returns its length.</summary>
    public static int Write(Span<byte> destination, long value)
    {
        var length = Length(value);
        switch (length)
        {
            case 1:
                destination[0] = (byte)value;
                break;
            case 2:
                WriteTwo(destination, (int)value);
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(destination, 0x8000_0000u | (uint)value);
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(destination, 0xC000_0000_0000_0000ul | (ulong)value);
                break;
        }
        return length;
    }

    /// <summary>In two bytes whatever its size, up to 16,383: a length that is filled in later.</summary>
    public static void WriteTwo(Span<byte> destination, int value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)value, 1u << 14, nameof(value));
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(0x4000 | value));
    }

    /// <summary>Any encoding of the value, also a longer one than needed; false if <paramref name="source"/> ends in it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out long value, out int length)
    {
        value = 0;
        length = source.IsEmpty ? 1 : 1 << (source[0] >> 6);
        if (source.Length < length)
        {
            return false;
        }
        value = length switch
        {
            1 => source[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(source) & 0x3FFF,
            4 => BinaryPrimitives.ReadUInt32BigEndian(source) & 0x3FFF_FFFF,
            _ => (long)(BinaryPrimitives.ReadUInt64BigEndian(source) & 0x3FFF_FFFF_FFFF_FFFF),
        };
        return true;
    }
}
