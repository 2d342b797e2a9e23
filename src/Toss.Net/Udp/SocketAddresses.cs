using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// Between <see cref="NetworkPath"/>, the socket addresses of the system, and those of .NET. An IPv4 address is mapped
/// into IPv6 in a path (RFC 4291 §2.5.5.2), and only there: each family has its own socket.
/// </summary>
internal static class SocketAddresses
{
    /// <summary>Size of <c>sockaddr_in6</c>, the larger of the two, on every system.</summary>
    public const int MaxSize = 28;

    private const int SizeV4 = 16;

    // The same on every system: what differs is how the family is written, in the first two bytes.
    private const int PortAt = 2;
    private const int AddressV4At = 4;
    private const int FlowAt = 4;
    private const int AddressV6At = 8;
    private const int ScopeAt = 24;

    public static int SizeOf(AddressFamily family) => family == AddressFamily.InterNetwork ? SizeV4 : MaxSize;

    public static bool IsV4(in NetworkPath path) => NetworkPath.IsMappedIPv4(path.Address);

    /// <summary>Fills in everything but the family.</summary>
    public static void Write(in NetworkPath path, AddressFamily family, Span<byte> sockaddr)
    {
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[PortAt..], path.Port);
        if (family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(sockaddr[AddressV4At..], (uint)path.Address);
            sockaddr[(AddressV4At + sizeof(uint))..SizeV4].Clear();
            return;
        }
        sockaddr.Slice(FlowAt, sizeof(uint)).Clear();
        BinaryPrimitives.WriteUInt128BigEndian(sockaddr[AddressV6At..], path.Address);
        var scope = path.Scope;
        MemoryMarshal.Write(sockaddr[ScopeAt..], in scope); // in the machine's order, unlike the rest
    }

    /// <summary>Reads what the system wrote for a socket of this family.</summary>
    public static NetworkPath Read(ReadOnlySpan<byte> sockaddr, AddressFamily family, int carrier)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(sockaddr[PortAt..]);
        return family == AddressFamily.InterNetwork
            ? new(carrier, NetworkPath.MapIPv4(BinaryPrimitives.ReadUInt32BigEndian(sockaddr[AddressV4At..])), port)
            : new(
                carrier,
                BinaryPrimitives.ReadUInt128BigEndian(sockaddr[AddressV6At..]),
                port,
                MemoryMarshal.Read<uint>(sockaddr[ScopeAt..])
            );
    }

    /// <summary>The path over this carrier to an endpoint.</summary>
    public static NetworkPath ToPath(IPEndPoint endPoint, int carrier)
    {
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(bytes, out var length);
        var port = (ushort)endPoint.Port;
        return length == sizeof(uint)
            ? new(carrier, NetworkPath.MapIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes)), port)
            : new(
                carrier,
                BinaryPrimitives.ReadUInt128BigEndian(bytes),
                port,
                endPoint.Address.IsIPv4MappedToIPv6 ? 0 : (uint)endPoint.Address.ScopeId
            );
    }

    /// <summary>The endpoint a path leads to; for what is not done for each packet.</summary>
    public static IPEndPoint ToEndPoint(in NetworkPath path)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, path.Address);
        return IsV4(path)
            ? new(new IPAddress(bytes[12..]), path.Port)
            : new(new IPAddress(bytes, path.Scope), path.Port);
    }
}
