using System.Net;
using Toss.Quic;

namespace Toss.Testing.Simulation;

/// <summary>
/// A process with an endpoint of Toss.Quic's public interface on a simulated node: the loop that owns it, and a context for
/// the application above, which is another one.
/// </summary>
internal sealed class SimQuicPeer : IQuicLoop
{
    private readonly SimContext _context;
    private readonly SimQuicSockets _sockets;
    private readonly byte[] _buffer = new byte[1 << 16];

    public SimQuicPeer(SimScheduler scheduler, SimNet net, string node, EndpointOptions options, ulong seed)
    {
        Node = node;
        _context = new SimContext(scheduler, $"{node} loop");
        Application = new SimContext(scheduler, node);
        _sockets = new SimQuicSockets(scheduler, net, _context, node, Hear, OnTimer);
        Endpoint = new QuicEndpoint(options, new SimQuicRandom(seed));
        Endpoint.Attach(this);
    }

    public string Node { get; }

    public QuicEndpoint Endpoint { get; }

    public SimContext Application { get; }

    public Instant Now => _sockets.Now;

    /// <summary>Looks at each batch before it goes; false keeps it back.</summary>
    public Func<Transmission, bool> Sends { get; set; } = static _ => true;

    /// <summary>How many datagrams left.</summary>
    public long Sent { get; private set; }

    /// <summary>How many came.</summary>
    public long Heard { get; private set; }

    /// <returns>The carrier's number.</returns>
    public int Bind(IPEndPoint local) => _sockets.Bind(local);

    public IPEndPoint Local(int carrier = 0) => _sockets.Local(carrier);

    /// <summary>The process is gone, without a word.</summary>
    public void Kill()
    {
        _context.Kill();
        Application.Kill();
        _sockets.Close();
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
                _sockets.Send(sent, _buffer, Count);
            }
        }
        _sockets.SetTimer(Endpoint.NextTimeout());
    }

    private bool Count(ReadOnlyMemory<byte> datagram) => ++Sent > 0;

    private void OnTimer()
    {
        Endpoint.OnTimeout(Now);
        Drain();
    }

    private void Hear(in NetworkPath from, Span<byte> bytes, EcnMark ecn)
    {
        Heard++;
        Endpoint.Receive(from, bytes, ecn, Now);
        Drain();
    }
}
