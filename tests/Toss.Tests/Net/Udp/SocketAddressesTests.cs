using System.Net;
using System.Net.Sockets;
using Toss.Net.Udp;
using Xunit;

namespace Toss.Tests.Net.Udp;

public sealed class SocketAddressesTests
{
    [Theory]
    [InlineData("192.0.2.7:4433", "::ffff:192.0.2.7")]
    [InlineData("0.0.0.0:0", "::ffff:0.0.0.0")]
    [InlineData("[2001:db8::1]:65535", "2001:db8::1")]
    [InlineData("[fe80::1%5]:1", "fe80::1")]
    public void Paths_endpoints_and_socket_addresses_say_the_same(string text, string address)
    {
        var endPoint = IPEndPoint.Parse(text);
        var path = SocketAddresses.ToPath(endPoint, 4);

        Assert.Equal(Number(address), path.Address);
        Assert.Equal((4, (ushort)endPoint.Port), (path.Carrier, path.Port));
        Assert.Equal(endPoint, SocketAddresses.ToEndPoint(path));
        Assert.Equal(endPoint.AddressFamily == AddressFamily.InterNetwork, SocketAddresses.IsV4(path));

        // .NET's own view of the system's address, both ways.
        var system = endPoint.Serialize();
        Assert.Equal(path, SocketAddresses.Read(system.Buffer.Span, endPoint.AddressFamily, 4));
        var written = new SocketAddress(endPoint.AddressFamily);
        written.Buffer.Span[2..].Fill(0xEE);
        SocketAddresses.Write(path, endPoint.AddressFamily, written.Buffer.Span);
        Assert.Equal(endPoint, endPoint.Create(written));
    }

    private static UInt128 Number(string address) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(IPAddress.Parse(address).GetAddressBytes());
}
