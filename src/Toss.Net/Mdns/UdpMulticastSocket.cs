using System.Net;
using System.Net.Sockets;
using Toss.Net.Udp;
using Toss.Transport.Mdns;

namespace Toss.Net.Mdns;

/// <summary>One socket in the group, on one interface in one family.</summary>
internal sealed class UdpMulticastSocket : IMulticastSocket
{
    /// <summary>RFC 6762 §11: what is sent with less may have passed a router.</summary>
    private const short HopLimit = 255;

    /// <summary>Errors one after another that a socket survives: each is of one datagram, and a dead socket has nothing else.</summary>
    private const int MostErrors = 16;

    private const int LinuxSocket = 1;
    private const int LinuxReusePort = 15;
    private const int LinuxIpMulticastIf = 32;
    private const int LinuxIpMulticastAll = 49;
    private const int LinuxIpv6MulticastAll = 29;
    private const int Ip = 0;
    private const int Ipv6 = 41;

    private readonly Socket _socket;
    private readonly LanInterface _lan;
    private readonly MulticastHeard _heard;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _receiving;

    private UdpMulticastSocket(Socket socket, LanInterface lan, MulticastHeard heard)
    {
        (_socket, _lan, _heard) = (socket, lan, heard);
        _receiving = Task.Run(ReceiveAsync);
    }

    /// <summary>Null if the system gives none: the port is held by one who shares it with nobody, or the interface is gone.</summary>
    public static UdpMulticastSocket? TryOpen(LanInterface lan, MulticastHeard heard)
    {
        var socket = new Socket(
            lan.IsV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork,
            SocketType.Dgram,
            ProtocolType.Udp
        );
        try
        {
            Share(socket);
            socket.Ttl = HopLimit;
            if (lan.IsV6)
            {
                JoinV6(socket, lan.Index);
            }
            else
            {
                JoinV4(socket, lan.Index);
            }
            return new UdpMulticastSocket(socket, lan, heard);
        }
        catch (Exception failure) when (failure is SocketException or PlatformNotSupportedException)
        {
            socket.Dispose();
            return null;
        }
    }

    public void Send(ReadOnlySpan<byte> bytes, IPEndPoint? to)
    {
        try
        {
            to ??= new IPEndPoint(
                _lan.IsV6 ? new IPAddress(MdnsNames.GroupV6.GetAddressBytes(), _lan.Index) : MdnsNames.GroupV4,
                MdnsNames.Port
            );
            _socket.SendTo(bytes, SocketFlags.None, to);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // The interface went; what it was to say, it says on the next one.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        _socket.Dispose();
        await _receiving;
        _stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        // One byte more than the largest message: what fills it is none.
        var buffer = new byte[DnsReader.MaxMessage + 1];
        var anywhere = new IPEndPoint(_lan.IsV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        for (var errors = 0; errors < MostErrors; )
        {
            try
            {
                var got = await _socket.ReceiveMessageFromAsync(buffer, SocketFlags.None, anywhere, _stop.Token);
                errors = 0;
                // The port is one for all interfaces: the group's datagrams of another are another socket's.
                if (got.PacketInformation.Interface == _lan.Index && got.RemoteEndPoint is IPEndPoint from)
                {
                    _heard(buffer.AsSpan(0, got.ReceivedBytes), from);
                }
            }
            catch (SocketException)
            {
                errors++;
            }
            catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static void Share(Socket socket)
    {
        socket.ExclusiveAddressUse = false;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        if (OperatingSystem.IsLinux())
        {
            // Who asks for this shares with those of its own user who ask too; who does not, shares by the other.
            SocketSetup.TrySet(socket, LinuxSocket, LinuxReusePort, 1);
        }
        SocketSetup.IgnoreRefusals(socket);
    }

    private static void JoinV4(Socket socket, int index)
    {
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
        socket.Bind(new IPEndPoint(IPAddress.Any, MdnsNames.Port));
        if (OperatingSystem.IsLinux())
        {
            // Not what others on this machine joined elsewhere; and out by this interface, whatever the routes say.
            SocketSetup.TrySet(socket, Ip, LinuxIpMulticastAll, 0);
            byte[] requested = [0, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(index)];
            socket.SetRawSocketOption(Ip, LinuxIpMulticastIf, requested);
        }
        else
        {
            var number = IPAddress.HostToNetworkOrder(index);
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, number);
        }
        socket.SetSocketOption(
            SocketOptionLevel.IP,
            SocketOptionName.AddMembership,
            new MulticastOption(MdnsNames.GroupV4, index)
        );
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, HopLimit);
        // Other programs on this machine hear us, as we hear them.
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
    }

    private static void JoinV6(Socket socket, int index)
    {
        socket.DualMode = false;
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, MdnsNames.Port));
        if (OperatingSystem.IsLinux())
        {
            SocketSetup.TrySet(socket, Ipv6, LinuxIpv6MulticastAll, 0);
        }
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, index);
        socket.SetSocketOption(
            SocketOptionLevel.IPv6,
            SocketOptionName.AddMembership,
            new IPv6MulticastOption(MdnsNames.GroupV6, index)
        );
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive, HopLimit);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastLoopback, true);
    }
}
