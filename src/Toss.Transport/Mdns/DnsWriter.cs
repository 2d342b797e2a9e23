using System.Buffers.Binary;
using System.Text;

namespace Toss.Transport.Mdns;

/// <summary>
/// Writes one message, up to a size; what does not fit is left out and said so. Sections come in their order: questions,
/// answers, authorities, additionals. Names that were written before are pointed at, but not in SRV, as plain resolvers want
/// it (RFC 2782).
/// </summary>
public sealed class DnsWriter
{
    /// <summary>Bytes that pass every Ethernet unfragmented, with the headers of IPv6 and UDP (RFC 6762 §17).</summary>
    public const int Capacity = 1440;

    private const int HeaderSize = 12;
    private const ushort TopBit = 0x8000;

    /// <summary>What the two bytes of a pointer can say.</summary>
    private const int FarthestPointer = 0x3FFF;

    private readonly byte[] _bytes = new byte[Capacity];
    private readonly int[] _counts = new int[4];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly bool _isPlain;
    private int _length = HeaderSize;
    private int _section;

    /// <param name="id">Zero, but in an answer to a plain resolver.</param>
    /// <param name="isPlain">The answer to a resolver that knows nothing of multicast: no cache-flush bits (RFC 6762 §6.7).</param>
    public DnsWriter(bool isResponse, ushort id = 0, bool isPlain = false)
    {
        _isPlain = isPlain;
        BinaryPrimitives.WriteUInt16BigEndian(_bytes, id);
        // Authoritative, as every answer in multicast is (RFC 6762 §18.4).
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(2), (ushort)(isResponse ? 0x8400 : 0));
    }

    public bool IsEmpty => _length == HeaderSize;

    public bool TryAdd(DnsQuestion question)
    {
        var before = Begin(section: 0);
        return Keep(
            before,
            section: 0,
            TryWriteName(question.Name.Wire, compress: true)
                && TryWrite((ushort)question.Type)
                && TryWrite((ushort)(1 | (question.WantsUnicast ? TopBit : 0)))
        );
    }

    public bool TryAddAnswer(DnsRecord record) => TryAdd(record, section: 1);

    public bool TryAddAuthority(DnsRecord record) => TryAdd(record, section: 2);

    public bool TryAddAdditional(DnsRecord record) => TryAdd(record, section: 3);

    public byte[] ToArray()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(4 + (2 * i)), (ushort)_counts[i]);
        }
        return _bytes[.._length];
    }

    private bool TryAdd(DnsRecord record, int section)
    {
        var before = Begin(section);
        // A proposal is nobody's yet: its bit is not set (RFC 6762 §10.2).
        var flush = record.IsUnique && !_isPlain && section != 2;
        var lengthAt = 0;
        var written =
            TryWriteName(record.Name.Wire, compress: true)
            && TryWrite((ushort)record.Type)
            && TryWrite((ushort)(1 | (flush ? TopBit : 0)))
            && TryWrite((ushort)(record.Ttl >> 16))
            && TryWrite((ushort)record.Ttl)
            && (lengthAt = _length) > 0
            && TryWrite(0)
            && (
                record.Type == DnsType.Pointer
                    ? TryWriteName(record.Content.Span, compress: true)
                    : TryWrite(record.Content.Span)
            );
        if (written)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(lengthAt), (ushort)(_length - lengthAt - 2));
        }
        return Keep(before, section, written);
    }

    private int Begin(int section)
    {
        if (section < _section)
        {
            throw new InvalidOperationException("Sections come in their order.");
        }
        return _length;
    }

    private bool Keep(int before, int section, bool written)
    {
        if (written)
        {
            _section = section;
            _counts[section]++;
            return true;
        }
        _length = before;
        foreach (var name in _names.Where(name => name.Value >= before).Select(static name => name.Key).ToList())
        {
            _names.Remove(name);
        }
        return false;
    }

    private bool TryWriteName(ReadOnlySpan<byte> wire, bool compress)
    {
        for (var at = 0; wire[at] != 0; at += 1 + wire[at])
        {
            var rest = Encoding.Latin1.GetString(wire[at..]);
            if (compress && _names.TryGetValue(rest, out var known))
            {
                return TryWrite((ushort)(0xC000 | known));
            }
            if (_length <= FarthestPointer)
            {
                _names.TryAdd(rest, _length);
            }
            if (!TryWrite(wire.Slice(at, 1 + wire[at])))
            {
                return false;
            }
        }
        return TryWrite([0]);
    }

    private bool TryWrite(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return TryWrite(bytes);
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length)
        {
            return false;
        }
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return true;
    }
}
