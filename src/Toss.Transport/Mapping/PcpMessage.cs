using System.Buffers.Binary;
using System.Net;

namespace Toss.Transport.Mapping;

/// <summary>The Port Control Protocol (RFC 6887), of which one request is used: MAP, for UDP over IPv4.</summary>
public static class PcpMessage
{
    /// <summary>Where a router listens, for both protocols (§19).</summary>
    public const int Port = 5351;

    /// <summary>§11.1: what makes an answer ours.</summary>
    public const int NonceSize = 12;

    public const int MapSize = HeaderSize + MapBodySize;

    /// <summary>§7.4: the request's version is not spoken.</summary>
    public const int UnsupportedVersion = 1;

    private const int HeaderSize = 24;
    private const int MapBodySize = 36;

    /// <summary>§7: more is no message.</summary>
    private const int MostBytes = 1100;

    private const byte Version = 2;
    private const byte Map = 1;
    private const byte Response = 0x80;
    private const byte Udp = 17;

    /// <summary>§11.1. A lifetime of zero deletes.</summary>
    /// <param name="to"><see cref="MapSize"/> bytes.</param>
    /// <param name="client">The address it is sent from; the router compares.</param>
    /// <param name="wanted">The external address and port that would be welcome; null: any.</param>
    public static void WriteMap(
        Span<byte> to,
        ReadOnlySpan<byte> nonce,
        IPAddress client,
        ushort internalPort,
        IPEndPoint? wanted,
        TimeSpan lifetime
    )
    {
        to[..MapSize].Clear();
        to[0] = Version;
        to[1] = Map;
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], (uint)lifetime.TotalSeconds);
        client.MapToIPv6().TryWriteBytes(to[8..], out _);
        var body = to[HeaderSize..];
        nonce.CopyTo(body);
        body[NonceSize] = Udp;
        BinaryPrimitives.WriteUInt16BigEndian(body[16..], internalPort);
        BinaryPrimitives.WriteUInt16BigEndian(body[18..], (ushort)(wanted?.Port ?? 0));
        // §11.1: any address of IPv4 is this one.
        (wanted?.Address ?? IPAddress.Any)
            .MapToIPv6()
            .TryWriteBytes(body[20..], out _);
    }

    /// <summary>
    /// An answer to a MAP request of this nonce, or a refusal of our version by a router that speaks another, PCP or NAT-PMP (§9,
    /// appendix A), which repeats nothing of what it did not understand. False for everything else.
    /// </summary>
    public static bool TryReadMap(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> nonce, out MappingAnswer answer)
    {
        answer = default;
        if (IsVersionRefused(datagram))
        {
            answer = new MappingAnswer(UnsupportedVersion, 0, TimeSpan.Zero, 0, 0, null);
            return true;
        }
        if (
            datagram.Length is < MapSize or > MostBytes
            || datagram.Length % 4 != 0
            || datagram[0] != Version
            || datagram[1] != (Response | Map)
        )
        {
            return false;
        }
        var body = datagram[HeaderSize..];
        var external = new IPAddress(body.Slice(20, 16));
        if (!body[..NonceSize].SequenceEqual(nonce) || body[NonceSize] != Udp || !external.IsIPv4MappedToIPv6)
        {
            return false;
        }
        answer = new MappingAnswer(
            datagram[3],
            BinaryPrimitives.ReadUInt32BigEndian(datagram[8..]),
            TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(datagram[4..])),
            BinaryPrimitives.ReadUInt16BigEndian(body[16..]),
            BinaryPrimitives.ReadUInt16BigEndian(body[18..]),
            external.MapToIPv4()
        );
        return true;
    }

    private static bool IsVersionRefused(ReadOnlySpan<byte> datagram) =>
        datagram.Length is >= 8 and <= MostBytes
        && (datagram[1] & Response) != 0
        && (
            datagram[0] == NatPmpMessage.Version
                ? BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) == UnsupportedVersion
                : datagram[0] != Version && datagram[3] == UnsupportedVersion
        );
}
