using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Toss.Transport.Mdns;

/// <summary>
/// Reads one message (RFC 1035 §4, RFC 6762 §18). What comes from a neighbour is anybody's: all counts are bounded before
/// anything is kept, a pointer leads only further back, and nothing throws.
/// </summary>
public static class DnsReader
{
    /// <summary>Bytes of the largest message (RFC 6762 §17).</summary>
    public const int MaxMessage = 9000;

    /// <summary>Questions and records of one message; an honest one of 1,440 bytes has a few dozen.</summary>
    public const int MaxEntries = 256;

    private const int HeaderSize = 12;
    private const ushort ClassIn = 1;
    private const ushort ClassAny = 255;
    private const ushort TopBit = 0x8000;

    /// <summary>False if it is no message, is cut short, goes on after its end, or is larger than anybody sends.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DnsMessage? message)
    {
        message = null;
        if (bytes.Length is < HeaderSize or > MaxMessage)
        {
            return false;
        }
        var flags = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        // Opcode and response code must be zero, and others are ignored silently (RFC 6762 §18.3, §18.11).
        if ((flags & 0x780F) != 0)
        {
            return false;
        }
        Span<int> counts = stackalloc int[4];
        var entries = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = BinaryPrimitives.ReadUInt16BigEndian(bytes[(4 + (2 * i))..]);
            entries += counts[i];
        }
        if (entries > MaxEntries)
        {
            return false;
        }
        var read = new DnsMessage
        {
            Id = BinaryPrimitives.ReadUInt16BigEndian(bytes),
            IsResponse = (flags & 0x8000) != 0,
            IsTruncated = (flags & 0x0200) != 0,
        };
        var at = HeaderSize;
        for (var i = 0; i < counts[0]; i++)
        {
            if (!TryReadQuestion(bytes, ref at, read.Questions))
            {
                return false;
            }
        }
        List<DnsRecord>[] sections = [read.Answers, read.Authorities, read.Additionals];
        for (var section = 0; section < sections.Length; section++)
        {
            for (var i = 0; i < counts[section + 1]; i++)
            {
                if (!TryReadRecord(bytes, ref at, sections[section]))
                {
                    return false;
                }
            }
        }
        message = at == bytes.Length ? read : null;
        return message is not null;
    }

    private static bool TryReadQuestion(ReadOnlySpan<byte> bytes, ref int at, List<DnsQuestion> into)
    {
        if (!TryReadName(bytes, ref at, out var name) || bytes.Length - at < 4)
        {
            return false;
        }
        var type = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        var kind = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        at += 4;
        if ((kind & ~TopBit) is ClassIn or ClassAny)
        {
            into.Add(new DnsQuestion(name, (DnsType)type, (kind & TopBit) != 0));
        }
        return true;
    }

    private static bool TryReadRecord(ReadOnlySpan<byte> bytes, ref int at, List<DnsRecord> into)
    {
        if (!TryReadName(bytes, ref at, out var name) || bytes.Length - at < 10)
        {
            return false;
        }
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        var kind = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        var ttl = BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]);
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 8)..]);
        at += 10;
        if (bytes.Length - at < length || !TryReadContent(bytes, at, length, type, out var content))
        {
            return false;
        }
        at += length;
        if ((kind & ~TopBit) == ClassIn)
        {
            // Over 68 years is a mistake (RFC 2181 §8).
            into.Add(new DnsRecord(name, type, (kind & TopBit) != 0, ttl > int.MaxValue ? 0 : ttl, content));
        }
        return true;
    }

    private static bool TryReadContent(ReadOnlySpan<byte> bytes, int at, int length, DnsType type, out byte[] content)
    {
        content = [];
        // What stands before and after the name, of the types that hold one.
        var head = type == DnsType.Service ? 6 : 0;
        if (type is not (DnsType.Pointer or DnsType.CName or DnsType.Service or DnsType.Nsec))
        {
            content = bytes.Slice(at, length).ToArray();
            return type switch
            {
                DnsType.A => length == 4,
                DnsType.Aaaa => length == 16,
                _ => true,
            };
        }
        var end = at + length;
        var nameAt = at + head;
        if (length <= head || !TryReadName(bytes[..end], ref nameAt, out var name))
        {
            return false;
        }
        if (type != DnsType.Nsec && nameAt != end)
        {
            return false;
        }
        content = [.. bytes.Slice(at, head), .. name.Wire, .. bytes[nameAt..end]];
        return true;
    }

    private static bool TryReadName(ReadOnlySpan<byte> bytes, ref int at, [NotNullWhen(true)] out DnsName? name)
    {
        name = null;
        Span<byte> wire = stackalloc byte[DnsName.MaxBytes];
        var length = 0;
        var from = at;
        var earliest = at;
        var jumped = false;
        while (from < bytes.Length)
        {
            var label = bytes[from];
            if (label >= 0xC0)
            {
                if (from + 1 >= bytes.Length)
                {
                    return false;
                }
                var target = ((label & 0x3F) << 8) | bytes[from + 1];
                // Before everything read so far of this name: so no chain of pointers comes round.
                if (target >= earliest || target < HeaderSize)
                {
                    return false;
                }
                at = jumped ? at : from + 2;
                (jumped, earliest, from) = (true, target, target);
                continue;
            }
            if (label > DnsName.MaxLabel || from + 1 + label > bytes.Length || length + 1 + label > wire.Length)
            {
                return false;
            }
            bytes.Slice(from, 1 + label).CopyTo(wire[length..]);
            length += 1 + label;
            from += 1 + label;
            if (label == 0)
            {
                at = jumped ? at : from;
                return DnsName.TryOf(wire[..length].ToArray(), out name);
            }
        }
        return false;
    }
}
