using System.Net;
using System.Net.Sockets;
using Toss.Net.Links;
using Toss.Transport.Mapping;

namespace Toss.Net.Mapping;

/// <summary>The system's sockets, each connected to one router: the kernel drops what comes from anybody else.</summary>
public sealed class UdpRouterSockets : IRouterSockets
{
    /// <summary>RFC 6887 §7: no message is longer.</summary>
    private const int MostBytes = 1100;

    public IReadOnlyList<RouterPlace> Routers() => LocalAddresses.Routers();

    public IRouterSocket? Open(RouterPlace router, RouterHeard heard)
    {
        var there = new IPEndPoint(router.Router, PcpMessage.Port);
        Socket? socket = null;
        try
        {
            socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(router.Own, 0));
            socket.Connect(there);
            return new Connected(socket, there, heard);
        }
        catch (SocketException)
        {
            // The address is gone already, or the system forbids it, or has no more.
            socket?.Dispose();
            return null;
        }
    }

    private sealed class Connected : IRouterSocket
    {
        private readonly Socket _socket;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _reading;

        public Connected(Socket socket, IPEndPoint router, RouterHeard heard)
        {
            _socket = socket;
            _reading = ReadAsync(router, heard);
        }

        public void Send(ReadOnlySpan<byte> bytes)
        {
            try
            {
                _socket.Send(bytes);
            }
            catch (SocketException)
            {
                // No route now, or the router refused the one before.
            }
        }

        public async ValueTask DisposeAsync()
        {
            _stop.Cancel();
            await _reading;
            _socket.Dispose();
            _stop.Dispose();
        }

        private async Task ReadAsync(IPEndPoint router, RouterHeard heard)
        {
            var buffer = new byte[MostBytes];
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    var length = await _socket.ReceiveAsync(buffer, _stop.Token);
                    heard(router, buffer.AsSpan(0, length));
                }
                catch (SocketException)
                {
                    // Nobody listens there, which each request that is sent tells once; or it was too long to be an answer.
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
