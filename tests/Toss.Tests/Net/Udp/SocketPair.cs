using System.Net;
using System.Net.Sockets;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Net.Udp;

/// <summary>Two sockets on loopback, and waits for what one sends the other.</summary>
internal sealed class SocketPair : IDisposable
{
    public const int CarrierA = 3;
    public const int CarrierB = 7;

    public SocketPair(UdpImplementation a, UdpImplementation b, AddressFamily family = AddressFamily.InterNetwork)
    {
        A = Bind(a, CarrierA, family);
        B = Bind(b, CarrierB, family);
    }

    public UdpSocket A { get; }

    public UdpSocket B { get; }

    /// <summary>Where A reaches B.</summary>
    public NetworkPath ToB => SocketAddresses.ToPath(B.Local, CarrierA);

    public static UdpSocket Bind(UdpImplementation implementation, int carrier, AddressFamily family)
    {
        var loopback = family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        var result = UdpSocket.TryBind(new IPEndPoint(loopback, 0), carrier, implementation, out var socket);
        Assert.Equal(BindResult.Bound, result);
        return socket!;
    }

    public static void Await(UdpSocket socket, string what) =>
        Assert.True(
            socket.Socket.Poll(Watchdog.Patience, SelectMode.SelectRead),
            $"Waited {Watchdog.Patience.TotalSeconds:F0} s for {what}."
        );

    /// <summary>The next datagrams, at least so many, each with its mark; all of them from A.</summary>
    public List<(byte[] Bytes, byte Ecn)> ReceiveAtB(int count)
    {
        var received = new List<(byte[] Bytes, byte Ecn)>();
        while (received.Count < count)
        {
            Await(B, $"datagram {received.Count + 1} of {count}");
            while (B.TryReceive(out var batch))
            {
                Assert.Equal(SocketAddresses.ToPath(A.Local, CarrierB), batch.From);
                for (var i = 0; i < batch.Count; i++)
                {
                    received.Add((batch[i].ToArray(), batch.Ecn));
                }
            }
        }
        return received;
    }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}
