using System.Net;
using Toss.Net.Udp;
using Toss.Quic;

namespace Toss.Testing.Simulation;

/// <summary>
/// What the loop of an endpoint has on a simulated node, whichever interface of Toss.Quic is above it: sockets by carrier,
/// one timer, virtual time.
/// </summary>
internal sealed class SimQuicSockets
{
    private readonly SimScheduler _scheduler;
    private readonly SimNet _net;
    private readonly SimContext _context;
    private readonly string _node;
    private readonly Heard _heard;
    private readonly SimTimer _timer;
    private readonly List<SimUdpSocket> _sockets = [];
    private readonly byte[] _datagram = new byte[1 << 16];

    public SimQuicSockets(
        SimScheduler scheduler,
        SimNet net,
        SimContext context,
        string node,
        Heard heard,
        Action timeOut
    )
    {
        (_scheduler, _net, _context, _node, _heard) = (scheduler, net, context, node, heard);
        _timer = new SimTimer(scheduler, context, _ => timeOut(), null);
    }

    /// <summary>A datagram came; its bytes may be changed and are good during the call.</summary>
    public delegate void Heard(in NetworkPath from, Span<byte> bytes, EcnMark ecn);

    /// <summary>The process's steady time, as Toss.Quic takes it.</summary>
    public Instant Now => new(_scheduler.Ticks - _context.Slept + TimeSpan.TicksPerDay);

    public IPEndPoint Local(int carrier) => _sockets[carrier].Local;

    /// <returns>The carrier's number.</returns>
    public int Bind(IPEndPoint local)
    {
        _sockets.Add(Listen(_sockets.Count, local));
        return _sockets.Count - 1;
    }

    /// <summary>As behind a NAT that forgot: from now on this carrier's packets come from another port.</summary>
    public void Rebind(int carrier)
    {
        var old = _sockets[carrier];
        old.Dispose();
        _sockets[carrier] = Listen(carrier, new IPEndPoint(old.Local.Address, 0));
    }

    public void SetTimer(Instant next) =>
        _timer.Change(
            next == Instant.Never ? Timeout.InfiniteTimeSpan
                : next <= Now ? TimeSpan.Zero
                : next - Now,
            Timeout.InfiniteTimeSpan
        );

    /// <summary>Sends bytes that no endpoint made.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes, IPEndPoint to, int carrier) => _sockets[carrier].SendTo(bytes, to);

    /// <summary>Sends each datagram that <paramref name="passes"/>; what leads to another family goes nowhere.</summary>
    public void Send(in Transmission sent, ReadOnlyMemory<byte> buffer, Func<ReadOnlyMemory<byte>, bool> passes)
    {
        var to = SocketAddresses.ToEndPoint(sent.Path);
        var socket = _sockets[sent.Path.Carrier];
        for (var at = 0; at < sent.Length; at += sent.SegmentSize)
        {
            var segment = buffer.Slice(at, Math.Min(sent.SegmentSize, sent.Length - at));
            if (passes(segment) && socket.Local.AddressFamily == to.AddressFamily)
            {
                socket.SendTo(segment.Span, to, (SimEcn)sent.Ecn);
            }
        }
    }

    public void Close()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private SimUdpSocket Listen(int carrier, IPEndPoint local)
    {
        var socket = _net.Bind(_node, _context, local);
        socket.Hears = datagram =>
        {
            datagram.Payload.CopyTo(_datagram);
            var bytes = _datagram.AsSpan(0, datagram.Payload.Length);
            _heard(SocketAddresses.ToPath(datagram.From, carrier), bytes, (EcnMark)datagram.Ecn);
        };
        return socket;
    }
}
