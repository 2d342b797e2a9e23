using System.Net.Sockets;

namespace Toss.Net.Udp;

/// <summary>Socket options that .NET has no name for, by the numbers of each system.</summary>
internal static class SocketSetup
{
    private const int Ip = 0;
    private const int Ipv6 = 41;

    private const int LinuxSocket = 1;
    private const int LinuxSendBufferForce = 32;
    private const int LinuxReceiveBufferForce = 33;
    private const int LinuxIpMtuDiscover = 10;
    private const int LinuxIpv6MtuDiscover = 23;
    private const int LinuxDiscoverProbe = 3;

    private const int AppleIpDontFragment = 28;
    private const int AppleIpv6DontFragment = 62;
    private const int WindowsIpDontFragment = 14; // the same number for both families

    private const int WindowsUdpConnectionReset = unchecked((int)0x9800000C); // SIO_UDP_CONNRESET

    /// <summary>Asks for as much as the system gives; what it gave is to be read from the socket.</summary>
    public static void AskForBuffers(Socket socket, int bytes)
    {
        Try(() => socket.SendBufferSize = bytes);
        Try(() => socket.ReceiveBufferSize = bytes);
        if (OperatingSystem.IsLinux())
        {
            // Beyond net.core.rmem_max; allowed to few, harmless to ask.
            TrySet(socket, LinuxSocket, LinuxSendBufferForce, bytes);
            TrySet(socket, LinuxSocket, LinuxReceiveBufferForce, bytes);
        }
    }

    /// <summary>
    /// No fragments, ours or a router's: RFC 9000 §14. On Linux by PROBE, which also sets aside the MTU that the kernel
    /// remembers for a path: who probes paths itself would be refused by what an ICMP message, perhaps forged, once said.
    /// </summary>
    public static bool TryForbidFragments(Socket socket)
    {
        var v4 = socket.AddressFamily == AddressFamily.InterNetwork;
        if (OperatingSystem.IsLinux())
        {
            return TrySet(socket, v4 ? Ip : Ipv6, v4 ? LinuxIpMtuDiscover : LinuxIpv6MtuDiscover, LinuxDiscoverProbe);
        }
        if (OperatingSystem.IsWindows())
        {
            return TrySet(socket, v4 ? Ip : Ipv6, WindowsIpDontFragment, 1);
        }
        return OperatingSystem.IsMacOS()
            && TrySet(socket, v4 ? Ip : Ipv6, v4 ? AppleIpDontFragment : AppleIpv6DontFragment, 1);
    }

    /// <summary>Windows reports an ICMP "port unreachable" as an error of the next receive, whoever that is from.</summary>
    public static void IgnoreRefusals(Socket socket)
    {
        if (OperatingSystem.IsWindows())
        {
            Try(() => socket.IOControl(WindowsUdpConnectionReset, [0, 0, 0, 0], null));
        }
    }

    /// <summary>False if this system does not know or allow the option.</summary>
    public static bool TrySet(Socket socket, int level, int option, int value) =>
        Try(() => socket.SetRawSocketOption(level, option, BitConverter.GetBytes(value)));

    private static bool Try(Action set)
    {
        try
        {
            set();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
