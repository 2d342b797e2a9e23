using System.Net;
using System.Net.Sockets;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// One port of loopback in both address families. Browsers try either address for a name beneath .localhost: were only one of them
/// ours, another user of this computer could listen at the other, and be given ticket and session.
/// </summary>
internal sealed class ScreenSockets : IDisposable
{
    /// <summary>Ports tried until both halves of one are free.</summary>
    private const int MostTries = 32;

    private readonly List<Socket> _sockets;

    private ScreenSockets(List<Socket> sockets) => _sockets = sockets;

    public IEnumerable<IPEndPoint> Ends => _sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!);

    public int Port => Ends.First().Port;

    /// <summary>Bound, and nobody else's. They listen once a server takes them.</summary>
    /// <param name="wished">The port that is tried first; 0 for one of chance.</param>
    public static ScreenSockets Bind(int wished = 0)
    {
        for (var tried = 1; ; tried++)
        {
            Socket? first = null;
            try
            {
                first = BindOne(new IPEndPoint(IPAddress.Loopback, tried == 1 ? wished : 0));
                var port = ((IPEndPoint)first.LocalEndPoint!).Port;
                var second = BindSixth(port);
                return new ScreenSockets(second is null ? [first] : [first, second]);
            }
            catch (SocketException failure) when (IsTaken(failure) && tried < MostTries)
            {
                first?.Dispose();
            }
            catch
            {
                first?.Dispose();
                throw;
            }
        }
    }

    /// <summary>The server asks for it by its address, and owns it from then on.</summary>
    public Socket Take(EndPoint end) => _sockets.Find(socket => socket.LocalEndPoint!.Equals(end))!;

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    /// <summary>Null where this computer has no such address: then nobody else has it either.</summary>
    private static Socket? BindSixth(int port)
    {
        if (!Socket.OSSupportsIPv6)
        {
            return null;
        }
        try
        {
            return BindOne(new IPEndPoint(IPAddress.IPv6Loopback, port));
        }
        catch (SocketException failure)
            when (failure.SocketErrorCode
                    is SocketError.AddressNotAvailable
                        or SocketError.AddressFamilyNotSupported
                        or SocketError.ProtocolFamilyNotSupported
            )
        {
            return null;
        }
    }

    private static Socket BindOne(IPEndPoint end)
    {
        var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Elsewhere than on Windows: without SO_REUSEADDR, so that no other bound socket is at this port, whoever listens.
            socket.ExclusiveAddressUse = true;
            socket.Bind(end);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Windows says "denied" of what somebody else has for himself.</summary>
    private static bool IsTaken(SocketException failure) =>
        failure.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied;
}
