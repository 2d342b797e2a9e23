using System.Buffers.Binary;
using System.Net;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;

namespace Toss.Testing.Simulation;

/// <summary>An endpoint of Toss.Quic on a simulated node: its sockets, its timer, and the loop that owns it.</summary>
internal sealed class SimQuicHost
{
    private readonly SimScheduler _scheduler;
    private readonly SimNet _net;
    private readonly SimContext _context;
    private readonly SimTimer _timer;
    private readonly List<SimUdpSocket> _sockets = [];
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _datagram = new byte[1 << 16];

    /// <param name="seed">Of everything random here.</param>
    public SimQuicHost(SimScheduler scheduler, SimNet net, string node, EndpointOptions options, ulong seed)
    {
        (_scheduler, _net, Node) = (scheduler, net, node);
        _context = new SimContext(scheduler, node);
        Endpoint = new Endpoint(options, new SimQuicRandom(seed));
        _timer = new SimTimer(scheduler, _context, _ => OnTimer(), null);
    }

    public string Node { get; }

    public Endpoint Endpoint { get; }

    /// <summary>The world's virtual time, as this library takes it.</summary>
    public Instant Now => new(_scheduler.Ticks + TimeSpan.TicksPerDay);

    /// <summary>Called with each connection that may have events, before anything is sent.</summary>
    public Action<Connection> Changed { get; set; } = static _ => { };

    /// <summary>Looks at each datagram before it goes; false keeps it back.</summary>
    public Func<Transmission, ReadOnlyMemory<byte>, bool> Sends { get; set; } = static (_, _) => true;

    /// <summary>What was no QUIC.</summary>
    public List<byte[]> Others { get; } = [];

    /// <returns>The carrier's number.</returns>
    public int Bind(IPEndPoint local)
    {
        var socket = _net.Bind(Node, _context, local);
        var carrier = _sockets.Count;
        _sockets.Add(socket);
        socket.Hears = datagram => Hear(carrier, datagram);
        return carrier;
    }

    /// <summary>As behind a NAT that forgot: from now on this carrier's packets come from another port.</summary>
    public void Rebind(int carrier)
    {
        var old = _sockets[carrier];
        old.Dispose();
        var socket = _net.Bind(Node, _context, new IPEndPoint(old.Local.Address, 0));
        _sockets[carrier] = socket;
        socket.Hears = datagram => Hear(carrier, datagram);
    }

    public IPEndPoint Local(int carrier = 0) => _sockets[carrier].Local;

    public static NetworkPath Path(IPEndPoint to, int carrier = 0) =>
        new(carrier, BinaryPrimitives.ReadUInt128BigEndian(to.Address.MapToIPv6().GetAddressBytes()), (ushort)to.Port);

    /// <summary>Where a path leads.</summary>
    public static IPEndPoint EndPoint(in NetworkPath path)
    {
        Span<byte> address = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(address, path.Address);
        var ip = new IPAddress(address);
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, path.Port);
    }

    /// <summary>Something was done to this connection.</summary>
    public void Touch(Connection connection)
    {
        Endpoint.Touch(connection);
        Drain();
    }

    /// <summary>Sends bytes that no endpoint made.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes, IPEndPoint to, int carrier = 0) =>
        _sockets[carrier].SendTo(bytes, to);

    /// <summary>The process is gone, without a word.</summary>
    public void Kill()
    {
        _context.Kill();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    /// <summary>News first, because they lead to more to send; then what there is to send; then the timer.</summary>
    public void Drain()
    {
        do
        {
            while (Endpoint.TryNextChanged(out var connection))
            {
                Changed(connection);
            }
            while (Endpoint.TryTransmit(_buffer, Now, out var sent))
            {
                Send(sent);
            }
        } while (Endpoint.HasNews);
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
        var outcome = Endpoint.Receive(Path(datagram.From, carrier), bytes, (EcnMark)datagram.Ecn, Now);
        if (outcome == ReceiveOutcome.NotQuic)
        {
            Others.Add(datagram.Payload.ToArray());
        }
        Drain();
    }

    private void Send(in Transmission sent)
    {
        var to = EndPoint(sent.Path);
        var socket = _sockets[sent.Path.Carrier];
        for (var at = 0; at < sent.Length; at += sent.SegmentSize)
        {
            var segment = _buffer.AsMemory(at, Math.Min(sent.SegmentSize, sent.Length - at));
            if (Sends(sent, segment) && socket.Local.AddressFamily == to.AddressFamily)
            {
                socket.SendTo(segment.Span, to, (SimEcn)sent.Ecn);
            }
        }
    }
}
