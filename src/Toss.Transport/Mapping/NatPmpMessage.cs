using System.Buffers.Binary;
using System.Net;

namespace Toss.Transport.Mapping;

/// <summary>NAT-PMP (RFC 6886), which older routers speak: where the router is seen, and a mapping of UDP.</summary>
public static class NatPmpMessage
{
    public const byte Version = 0;
    public const int AddressRequestSize = 2;
    public const int MapRequestSize = 12;

    private const int AddressAnswerSize = 12;
    private const int MapAnswerSize = 16;
    private const byte Address = 0;
    private const byte MapUdp = 1;
    private const byte Response = 128;

    /// <summary>§3.2.</summary>
    public static void WriteAddress(Span<byte> to) => to[..AddressRequestSize].Clear();

    /// <summary>§3.3. A lifetime of zero deletes.</summary>
    public static void WriteMap(Span<byte> to, ushort internalPort, ushort wanted, TimeSpan lifetime)
    {
        to[..MapRequestSize].Clear();
        to[1] = MapUdp;
        BinaryPrimitives.WriteUInt16BigEndian(to[4..], internalPort);
        BinaryPrimitives.WriteUInt16BigEndian(to[6..], wanted);
        BinaryPrimitives.WriteUInt32BigEndian(to[8..], (uint)lifetime.TotalSeconds);
    }

    /// <summary>Either answer. One that refuses may be cut short (§3.5).</summary>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out MappingAnswer answer)
    {
        answer = default;
        if (datagram.Length is < 8 or > MapAnswerSize || datagram[0] != Version)
        {
            return false;
        }
        var result = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        var epoch = BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]);
        switch (datagram[1])
        {
            case Response | Address when datagram.Length == AddressAnswerSize:
                answer = new(result, epoch, TimeSpan.Zero, 0, 0, new IPAddress(datagram.Slice(8, 4)));
                return true;
            case Response | MapUdp when datagram.Length == MapAnswerSize:
                answer = new(
                    result,
                    epoch,
                    TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(datagram[12..])),
                    BinaryPrimitives.ReadUInt16BigEndian(datagram[8..]),
                    BinaryPrimitives.ReadUInt16BigEndian(datagram[10..]),
                    null
                );
                return true;
            case Response | Address or Response | MapUdp when result != 0:
                answer = new(result, epoch, TimeSpan.Zero, 0, 0, null);
                return true;
            default:
                return false;
        }
    }
}
