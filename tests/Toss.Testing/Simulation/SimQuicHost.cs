using System.Net;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;

namespace Toss.Testing.Simulation;

/// <summary>An endpoint of Toss.Quic's core on a simulated node, and the loop that owns it.</summary>
internal sealed class SimQuicHost
{
    private readonly SimContext _context;
    private readonly SimQuicSockets _sockets;
    private readonly byte[] _buffer = new byte[1 << 16];

    /// <param name="seed">Of everything random here.</param>
    public SimQuicHost(SimScheduler scheduler, SimNet net, string node, EndpointOptions options, ulong seed)
    {
        _context = new SimContext(scheduler, node);
        _sockets = new SimQuicSockets(scheduler, net, _context, node, Hear, OnTimer);
        Endpoint = new Endpoint(options, new SimQuicRandom(seed));
    }

    public Endpoint Endpoint { get; }

    public Instant Now => _sockets.Now;

    /// <summary>Called with each connection that may have events, before anything is sent.</summary>
    public Action<Connection> Changed { get; set; } = static _ => { };

    /// <summary>Looks at each datagram before it goes; false keeps it back.</summary>
    public Func<Transmission, ReadOnlyMemory<byte>, bool> Sends { get; set; } = static (_, _) => true;

    /// <summary>Sees each datagram that came, and its length.</summary>
    public Action<NetworkPath, int> Hears { get; set; } = static (_, _) => { };

    /// <summary>What was no QUIC.</summary>
    public List<byte[]> Others { get; } = [];

    /// <returns>The carrier's number.</returns>
    public int Bind(IPEndPoint local) => _sockets.Bind(local);

    /// <inheritdoc cref="SimQuicSockets.Rebind"/>
    public void Rebind(int carrier) => _sockets.Rebind(carrier);

    public IPEndPoint Local(int carrier = 0) => _sockets.Local(carrier);

    /// <summary>Something was done to this connection.</summary>
    public void Touch(Connection connection)
    {
        Endpoint.Touch(connection);
        Drain();
    }

    /// <inheritdoc cref="SimQuicSockets.SendRaw"/>
    public void SendRaw(ReadOnlySpan<byte> bytes, IPEndPoint to) => _sockets.SendRaw(bytes, to, carrier: 0);

    /// <summary>The process is gone, without a word.</summary>
    public void Kill()
    {
        _context.Kill();
        _sockets.Close();
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
                _sockets.Send(sent, _buffer, segment => Sends(sent, segment));
            }
        } while (Endpoint.HasNews);
        _sockets.SetTimer(Endpoint.NextTimeout());
    }

    private void OnTimer()
    {
        Endpoint.OnTimeout(Now);
        Drain();
    }

    private void Hear(in NetworkPath from, Span<byte> bytes, EcnMark ecn)
    {
        Hears(from, bytes.Length);
        if (Endpoint.Receive(from, bytes, ecn, Now) == ReceiveOutcome.NotQuic)
        {
            Others.Add(bytes.ToArray());
        }
        Drain();
    }
}
