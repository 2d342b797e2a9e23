using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Toss.Testing.Net;

/// <summary>A datagram of UDP or a segment of TCP, as it was on a wire.</summary>
/// <param name="IsTcp">Else it is UDP.</param>
/// <param name="Payload">What the program sent; where the kernel had not cut it yet, of several datagrams.</param>
public sealed record CapturedPacket(bool IsTcp, IPEndPoint From, IPEndPoint To, byte[] Payload)
{
    private const int EthernetHeader = 14;
    private const int V6Header = 40;
    private const int UdpHeader = 8;
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>For failures.</summary>
    public string Title => string.Create(CultureInfo.InvariantCulture, $"{(IsTcp ? "TCP" : "UDP")} to {To.Port}");

    /// <summary>Reads a frame of Ethernet; false where it is neither, and for fragments, which nobody here sends.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out CapturedPacket packet)
    {
        packet = null!;
        if (frame.Length < EthernetHeader)
        {
            return false;
        }
        var ip = frame[EthernetHeader..];
        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            0x0800 when ip.Length >= 20 && ip.Length >= BinaryPrimitives.ReadUInt16BigEndian(ip[2..]) => TryRead(
                ip[9],
                new IPAddress(ip[12..16]),
                new IPAddress(ip[16..20]),
                // What is shorter than a frame may be is filled up.
                ip[((ip[0] & 15) * 4)..BinaryPrimitives.ReadUInt16BigEndian(ip[2..])],
                out packet
            ),
            0x86DD when ip.Length >= V6Header => TryRead(
                ip[6],
                new IPAddress(ip[8..24]),
                new IPAddress(ip[24..40]),
                ip[V6Header..],
                out packet
            ),
            _ => false,
        };
    }

    private static bool TryRead(
        byte protocol,
        IPAddress from,
        IPAddress to,
        ReadOnlySpan<byte> bytes,
        out CapturedPacket packet
    )
    {
        packet = null!;
        var header = protocol switch
        {
            Udp => UdpHeader,
            Tcp when bytes.Length > 12 => (bytes[12] >> 4) * 4,
            _ => int.MaxValue,
        };
        if (bytes.Length <= header)
        {
            return false;
        }
        packet = new(
            protocol == Tcp,
            new(from, BinaryPrimitives.ReadUInt16BigEndian(bytes)),
            new(to, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            bytes[header..].ToArray()
        );
        return true;
    }
}
