using System.Net;
using System.Net.Sockets;
using Toss.Relay.Hosting;
using Toss.Wire.Stun;

namespace Toss.Relay.Udp;

/// <summary>
/// Tells whoever asks where it is seen (RFC 8489), on two ports, so that a device can find out how its NAT maps. Keeps
/// nothing of anybody, and answers with little more than it was asked with.
/// </summary>
public sealed class StunResponder : IAsyncDisposable
{
    private readonly List<Socket> _sockets;
    private readonly Task _running;
    private readonly AnswerRate _rate;
    private readonly ILogger _logger;

    private StunResponder(List<Socket> sockets, TimeProvider time, ILogger logger)
    {
        (_sockets, _rate, _logger) = (sockets, new AnswerRate(time), logger);
        Ports = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        _running = Task.WhenAll(sockets.Select(RunAsync));
    }

    /// <summary>Where it answers.</summary>
    public IReadOnlyList<int> Ports { get; }

    /// <summary>Takes this port and the next one; with port 0 two that are free. What is taken already is left out.</summary>
    public static StunResponder Start(IPEndPoint listen, TimeProvider time, ILogger logger)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < 2 && listen.Port + i <= IPEndPoint.MaxPort; i++)
        {
            var local = new IPEndPoint(listen.Address, listen.Port == 0 ? 0 : listen.Port + i);
            Socket? socket = null;
            try
            {
                socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                if (local.Address.Equals(IPAddress.IPv6Any))
                {
                    socket.DualMode = true;
                }
                socket.Bind(local);
                sockets.Add(socket);
            }
            catch (SocketException failure)
            {
                RelayLog.NoUdp(logger, local.Port, failure.SocketErrorCode);
                socket?.Dispose();
            }
        }
        return new StunResponder(sockets, time, logger);
    }

    public async ValueTask DisposeAsync()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        await _running;
    }

    private async Task RunAsync(Socket socket)
    {
        var buffer = new byte[StunMessage.MaxSize + 1];
        var answer = new byte[StunMessage.MaxSize];
        var anybody = new IPEndPoint(
            socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any,
            0
        );
        while (true)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, anybody);
                var request = buffer.AsMemory(0, received.ReceivedBytes);
                var from = Plain((IPEndPoint)received.RemoteEndPoint);
                if (StunMessage.IsRequest(request.Span) && _rate.TryCount(from.Address))
                {
                    var length = StunMessage.WriteSuccess(answer, request.Span, from);
                    await socket.SendToAsync(answer.AsMemory(0, length), received.RemoteEndPoint);
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failure) when (failure.SocketErrorCode != SocketError.OperationAborted)
            {
                // Somebody's port is closed, or a datagram was longer than any of ours: not the end of the others.
                RelayLog.UdpFailed(_logger, failure.SocketErrorCode);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private static IPEndPoint Plain(IPEndPoint from) =>
        from.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(from.Address.MapToIPv4(), from.Port) : from;
}
