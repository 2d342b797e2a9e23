using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Toss.Transport.Mdns;

/// <summary>
/// A resource record of class IN. Its content is what stands in a message, with the names of the types known here written
/// out: two records are one if name, type and content are.
/// </summary>
/// <param name="IsUnique">
/// Its owner alone has records of this name and type: who caches it throws older ones away (RFC 6762 §10.2).
/// </param>
/// <param name="Ttl">Seconds; zero says that it is no more.</param>
public sealed record DnsRecord(DnsName Name, DnsType Type, bool IsUnique, uint Ttl, ReadOnlyMemory<byte> Content)
{
    /// <summary>Seconds of a record that names a host or belongs to one (RFC 6762 §10).</summary>
    public const uint HostTtl = 120;

    /// <summary>Of all others.</summary>
    public const uint OtherTtl = 4500;

    private const int ServiceHead = 6;

    /// <summary>Shared: many may have the same name.</summary>
    public static DnsRecord Pointer(DnsName name, DnsName target) =>
        new(name, DnsType.Pointer, IsUnique: false, OtherTtl, target.Wire.ToArray());

    /// <summary>Priority and weight are zero: there is one of each instance.</summary>
    public static DnsRecord Service(DnsName name, ushort port, DnsName host)
    {
        var content = new byte[ServiceHead + host.Wire.Length];
        BinaryPrimitives.WriteUInt16BigEndian(content.AsSpan(4), port);
        host.Wire.CopyTo(content.AsSpan(ServiceHead));
        return new(name, DnsType.Service, IsUnique: true, HostTtl, content);
    }

    public static DnsRecord Address(DnsName host, IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return new(host, bytes.Length == 4 ? DnsType.A : DnsType.Aaaa, IsUnique: true, HostTtl, bytes);
    }

    /// <summary>One string, `key=value` (RFC 6763 §6).</summary>
    /// <exception cref="ArgumentException">It is longer than 255 bytes.</exception>
    public static DnsRecord Text(DnsName name, ReadOnlySpan<byte> pair) =>
        pair.Length <= byte.MaxValue
            ? new(name, DnsType.Text, IsUnique: true, OtherTtl, (byte[])[(byte)pair.Length, .. pair])
            : throw new ArgumentException("A string of a TXT record has at most 255 bytes.", nameof(pair));

    /// <summary>This name has records of these types, all below 256, and of no other (RFC 6762 §6.1).</summary>
    public static DnsRecord Only(DnsName name, uint ttl, IEnumerable<DnsType> types)
    {
        var bits = new byte[32];
        foreach (var type in types)
        {
            bits[(int)type / 8] |= (byte)(0x80 >> ((int)type % 8));
        }
        var length = Array.FindLastIndex(bits, static one => one != 0) + 1;
        return new(
            name,
            DnsType.Nsec,
            IsUnique: true,
            ttl,
            (byte[])[.. name.Wire, 0, (byte)length, .. bits.AsSpan(0, length)]
        );
    }

    /// <summary>Same name, type and content.</summary>
    public bool IsSameAs(DnsRecord other) =>
        Type == other.Type && Name.Equals(other.Name) && Content.Span.SequenceEqual(other.Content.Span);

    /// <summary>
    /// Of two that are proposed for one name, which counts (RFC 6762 §8.2): type, then content as unsigned bytes; the class
    /// is always IN. Positive if this one is the later.
    /// </summary>
    public int CompareForTie(DnsRecord other) =>
        Type != other.Type ? Type.CompareTo(other.Type) : Content.Span.SequenceCompareTo(other.Content.Span);

    public bool TryReadPointer([NotNullWhen(true)] out DnsName? target)
    {
        target = null;
        return Type == DnsType.Pointer && DnsName.TryOf(Content.ToArray(), out target);
    }

    public bool TryReadService(out ushort port, [NotNullWhen(true)] out DnsName? host)
    {
        (port, host) = (0, null);
        if (Type != DnsType.Service || Content.Length <= ServiceHead)
        {
            return false;
        }
        port = BinaryPrimitives.ReadUInt16BigEndian(Content.Span[4..]);
        return DnsName.TryOf(Content[ServiceHead..].ToArray(), out host);
    }

    public bool TryReadAddress([NotNullWhen(true)] out IPAddress? address)
    {
        address =
            (Type == DnsType.A && Content.Length == 4) || (Type == DnsType.Aaaa && Content.Length == 16)
                ? new IPAddress(Content.Span)
                : null;
        return address is not null;
    }

    /// <summary>The value of the first string that begins with this key and `=` (RFC 6763 §6.4).</summary>
    public bool TryReadText(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        value = default;
        for (var rest = Type == DnsType.Text ? Content : default; !rest.IsEmpty; )
        {
            var length = rest.Span[0];
            if (length >= rest.Length)
            {
                return false;
            }
            var pair = rest.Slice(1, length);
            if (length > key.Length && pair.Span.StartsWith(key) && pair.Span[key.Length] == (byte)'=')
            {
                value = pair[(key.Length + 1)..];
                return true;
            }
            rest = rest[(1 + length)..];
        }
        return false;
    }
}
