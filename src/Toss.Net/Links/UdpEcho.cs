using System.Net;
using Toss.Core.Scheduling;
using Toss.Wire.Stun;

namespace Toss.Net.Links;

/// <summary>
/// Whether the sockets of links send and hear: each is sent a STUN request by itself, over the machine's loopback. Nobody
/// answers it; that it comes is the answer. Thread-safe but for who asks: on one thread, one run at a time.
/// </summary>
internal sealed class UdpEcho(NetworkContext context)
{
    /// <summary>Nothing but this machine is on the way.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly AsyncLock _turn = new();
    private readonly Wake _wake = new(context.Time);
    private readonly List<byte[]> _awaited = [];

    /// <summary>What is no QUIC, on the loop of the sockets.</summary>
    public void Receive(ReadOnlySpan<byte> datagram)
    {
        lock (_gate)
        {
            for (var i = 0; i < _awaited.Count; i++)
            {
                if (datagram.SequenceEqual(_awaited[i]))
                {
                    _awaited.RemoveAt(i);
                    _wake.Ring();
                    return;
                }
            }
        }
    }

    /// <summary>How many of the sockets heard themselves.</summary>
    public async Task<int> RunAsync(ILinkLoop loop, CancellationToken cancellation)
    {
        using var turn = await _turn.EnterAsync(cancellation);
        var locals = loop.Locals;
        lock (_gate)
        {
            // Of a run that was cancelled.
            _awaited.Clear();
        }
        foreach (var local in locals)
        {
            var request = Draw();
            lock (_gate)
            {
                _awaited.Add(request);
            }
            loop.Send(new IPEndPoint(OwnOf(local.Address), local.Port), request, request.Length);
        }
        var end = context.Clock.Now + s_patience;
        while (Left > 0 && end - context.Clock.Now is var left && left > TimeSpan.Zero)
        {
            await _wake.WaitAsync(left, cancellation);
        }
        lock (_gate)
        {
            return locals.Count - _awaited.Count;
        }
    }

    private int Left
    {
        get
        {
            lock (_gate)
            {
                return _awaited.Count;
            }
        }
    }

    private byte[] Draw()
    {
        Span<byte> transaction = stackalloc byte[StunMessage.TransactionSize];
        context.Random.Fill(transaction);
        var request = new byte[StunMessage.RequestSize];
        StunMessage.WriteRequest(request, transaction);
        return request;
    }

    private static IPAddress OwnOf(IPAddress bound) =>
        bound.Equals(IPAddress.Any) ? IPAddress.Loopback
        : bound.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
        : bound;
}
