using System.Net;
using System.Net.Sockets;
using Toss.Relay.Hosting;
using Toss.Wire.Circuits;
using Toss.Wire.Stun;

namespace Toss.Relay.Udp;

/// <summary>
/// The relay's UDP ports. Tells whoever asks where it is seen (RFC 8489), on two of them, so that a device can find out how its
/// NAT maps, and, asked so, from a third, at which nothing is taken, so that it can find out what its NAT lets in (RFC 5780 §4.4):
/// keeps nothing of anybody, and answers once, with little more than it was asked with. And brings circuits.
/// </summary>
public sealed class UdpPorts : IAsyncDisposable
{
    /// <summary>What the system allows of it: a burst of a fast circuit, while another is served.</summary>
    private const int SocketBuffer = 4 << 20;

    private readonly List<Socket> _sockets;
    private readonly Socket? _other;
    private readonly Task _running;
    private readonly Func<IPAddress, bool> _mayAnswer;
    private readonly ILogger _logger;

    private UdpPorts(List<Socket> sockets, Socket? other, TimeProvider time, ILogger logger)
    {
        (_sockets, _other, _logger) = (sockets, other, logger);
        _mayAnswer = new AnswerRate(time).TryCount;
        Ports = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        _running = Task.WhenAll(sockets.Select(RunAsync));
    }

    /// <summary>Takes what is no STUN; null while circuits go by connections only.</summary>
    public CircuitPort? Circuits { get; set; }

    /// <summary>Where it answers.</summary>
    public IReadOnlyList<int> Ports { get; }

    /// <summary>Whether it answers from a port that is none of these, for who asks for that.</summary>
    public bool HasOtherPort => _other is not null;

    /// <summary>Takes this port and the next one, and one of the system's to answer from; with port 0 two that are free. What is taken already is left out.</summary>
    public static UdpPorts Start(IPEndPoint listen, TimeProvider time, ILogger logger)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < 2 && listen.Port + i <= IPEndPoint.MaxPort; i++)
        {
            var port = listen.Port == 0 ? 0 : listen.Port + i;
            if (Bind(new IPEndPoint(listen.Address, port), logger) is { } socket)
            {
                socket.ReceiveBufferSize = socket.SendBufferSize = SocketBuffer;
                sockets.Add(socket);
            }
        }
        var other = sockets.Count > 0 ? Bind(new IPEndPoint(listen.Address, 0), logger) : null;
        return new UdpPorts(sockets, other, time, logger);
    }

    private static Socket? Bind(IPEndPoint local, ILogger logger)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            if (local.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }
            socket.Bind(local);
            socket.Blocking = false;
            return socket;
        }
        catch (SocketException failure)
        {
            RelayLog.NoUdp(logger, local.Port, failure.SocketErrorCode);
            socket?.Dispose();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        await _running;
        _other?.Dispose();
    }

    private async Task RunAsync(Socket socket)
    {
        var buffer = new byte[CircuitPacket.MaxSize + 1];
        var way = new CircuitSocket(socket);
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
                var from = (IPEndPoint)received.RemoteEndPoint;
                if (!StunMessage.IsStun(request.Span))
                {
                    Circuits?.Handle(request.Span, from, way, _mayAnswer);
                }
                else if (
                    StunMessage.IsRequest(request.Span, out var fromOther)
                    && (fromOther ? _other : socket) is { } answering
                    && _mayAnswer(from.Address)
                )
                {
                    var length = StunMessage.WriteSuccess(answer, request.Span, Plain(from));
                    await answering.SendToAsync(answer.AsMemory(0, length), from);
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
