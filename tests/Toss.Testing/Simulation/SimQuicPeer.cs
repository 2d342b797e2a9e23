using System.Net;
using Toss.Quic;

namespace Toss.Testing.Simulation;

/// <summary>
/// A process with an endpoint of Toss.Quic's public interface on a simulated node: the loop that owns it, and a context for
/// the application above, which is another one.
/// </summary>
internal sealed class SimQuicPeer : IQuicLoop
{
    private readonly SimScheduler _scheduler;
    private readonly SimNet _net;
    private readonly SimContext _context;
    private readonly SimTimer _timer;
    private readonly List<SimUdpSocket> _sockets = [];
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _datagram = new byte[1 << 16];

    public SimQuicPeer(SimScheduler scheduler, SimNet net, string node, EndpointOptions options, ulong seed)
    {
        (_scheduler, _net, Node) = (scheduler, net, node);
        _context = new SimContext(scheduler, $"{node} loop");
        Application = new SimContext(scheduler, node);
        _timer = new SimTimer(scheduler, _context, _ => OnTimer(), null);
        Endpoint = new QuicEndpoint(options, new SimQuicRandom(seed));
        Endpoint.Attach(this);
    }

    public string Node { get; }

    public QuicEndpoint Endpoint { get; }

    public SimContext Application { get; }

    public Instant Now => new(_scheduler.Ticks + TimeSpan.TicksPerDay);

    /// <summary>Looks at each batch before it goes; false keeps it back.</summary>
    public Func<Transmission, bool> Sends { get; set; } = static _ => true;

    /// <summary>How many datagrams left.</summary>
    public long Sent { get; private set; }

    /// <returns>The carrier's number.</returns>
    public int Bind(IPEndPoint local)
    {
        var socket = _net.Bind(Node, _context, local);
        var carrier = _sockets.Count;
        _sockets.Add(socket);
        socket.Hears = datagram => Hear(carrier, datagram);
        return carrier;
    }

    public IPEndPoint Local(int carrier = 0) => _sockets[carrier].Local;

    /// <summary>The process is gone, without a word.</summary>
    public void Kill()
    {
        _context.Kill();
        Application.Kill();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    /// <summary>The loop ends, and the application learns of it.</summary>
    public void EndLoop()
    {
        _context.Kill();
        Endpoint.Abandon();
    }

    public bool TryPost(Action action)
    {
        if (!_context.IsAlive)
        {
            return false;
        }
        _context.Post(
            _ =>
            {
                action();
                Drain();
            },
            null
        );
        return true;
    }

    private void Drain()
    {
        while (Endpoint.TryTransmit(_buffer, Now, out var sent))
        {
            if (Sends(sent))
            {
                Send(sent);
            }
        }
        var next = Endpoint.NextTimeout();
        _timer.Change(
            next == Instant.Never ? Timeout.InfiniteTimeSpan
                : next <= Now ? TimeSpan.Zero
                : next - Now,
            Timeout.InfiniteTimeSpan
        );
    }

    private void OnTimer()
    {
        Endpoint.OnTimeout(Now);
        Drain();
    }

    private void Hear(int carrier, SimDatagram datagram)
    {
        datagram.Payload.CopyTo(_datagram);
        var bytes = _datagram.AsSpan(0, datagram.Payload.Length);
        Endpoint.Receive(SimQuicHost.Path(datagram.From, carrier), bytes, (EcnMark)datagram.Ecn, Now);
        Drain();
    }

    private void Send(in Transmission sent)
    {
        var to = SimQuicHost.EndPoint(sent.Path);
        for (var at = 0; at < sent.Length; at += sent.SegmentSize)
        {
            Sent++;
            var length = Math.Min(sent.SegmentSize, sent.Length - at);
            _sockets[sent.Path.Carrier].SendTo(_buffer.AsSpan(at, length), to, (SimEcn)sent.Ecn);
        }
    }
}
