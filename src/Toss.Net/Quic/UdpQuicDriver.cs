using System.Net;
using System.Net.Sockets;
using Toss.Net.Udp;
using Toss.Quic;

namespace Toss.Net.Quic;

/// <summary>
/// Runs a <see cref="QuicEndpoint"/> on UDP sockets: a thread of its own that owns both. Created by <see cref="TryStart"/>;
/// disposing it ends the thread after its turn, without a word to any peer: dispose the endpoint before.
/// <para>A path's carrier is the place of its socket in the list that the driver was started with.</para>
/// </summary>
public sealed class UdpQuicDriver : INetworkLoopWork, IQuicLoop, IAsyncDisposable
{
    /// <summary>The largest UDP payload, and so the most that one call hands over.</summary>
    private const int BufferBytes = 64 * 1024;

    /// <summary>Batches that leave in one turn before what arrives has its turn again.</summary>
    private const int BatchesPerTurn = 16;

    /// <summary>Bytes that other carriers brought and the loop has not seen; beyond them a network would drop, too.</summary>
    private const int MostDelivered = 4 << 20;

    private readonly QuicEndpoint _endpoint;
    private readonly UdpSocket?[] _sockets;
    private readonly NotQuicReceived? _notQuic;
    private readonly DatagramsLeave? _elsewhere;
    private readonly NetworkLoop _loop;
    private readonly Task _running;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);

    // What a full socket did not take: its bytes stay in the buffer, and nothing else leaves meanwhile.
    private Transmission _held;
    private int _heldFrom;
    private bool _isHeld;
    private int _delivered;

    private UdpQuicDriver(QuicEndpoint endpoint, UdpSocket[] sockets, UdpDriverOptions options)
    {
        (_endpoint, _notQuic, _elsewhere) = (endpoint, options.NotQuic, options.Elsewhere);
        _sockets = [.. sockets];
        Locals = [.. sockets.Select(static socket => socket.Local)];
        _loop = new NetworkLoop(this, sockets, options.Implementation);
        endpoint.Attach(this);
        _running = RunAsync();
    }

    /// <summary>Where the sockets are bound, by carrier, with the ports that the system chose.</summary>
    public IReadOnlyList<IPEndPoint> Locals { get; }

    /// <summary>Done when the loop has ended; fails with what ended it, if that was no wish of the owner.</summary>
    public Task Ended => _running;

    /// <summary>Binds the sockets and starts.</summary>
    /// <param name="endpoint">It has no loop yet.</param>
    /// <param name="locals">One socket each; usually one of each family.</param>
    /// <param name="driver">What runs, if the result is <see cref="BindResult.Bound"/>; else nothing was kept.</param>
    public static BindResult TryStart(
        QuicEndpoint endpoint,
        IReadOnlyList<IPEndPoint> locals,
        UdpDriverOptions options,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out UdpQuicDriver? driver
    )
    {
        var sockets = new List<UdpSocket>();
        driver = null;
        foreach (var local in locals)
        {
            var result = UdpSocket.TryBind(local, sockets.Count, options.Implementation, out var socket);
            if (socket is null)
            {
                sockets.ForEach(static bound => bound.Dispose());
                return result;
            }
            sockets.Add(socket);
        }
        driver = new UdpQuicDriver(endpoint, [.. sockets], options);
        return BindResult.Bound;
    }

    /// <summary>The path to a peer over one of the sockets.</summary>
    public static NetworkPath PathTo(IPEndPoint peer, int carrier) => SocketAddresses.ToPath(peer, carrier);

    /// <summary>The path to a peer over the first socket of its family.</summary>
    public NetworkPath PathTo(IPEndPoint peer)
    {
        for (var carrier = 0; carrier < Locals.Count; carrier++)
        {
            if (Locals[carrier].AddressFamily == peer.AddressFamily)
            {
                return PathTo(peer, carrier);
            }
        }
        throw new ArgumentException("No socket of that family.", nameof(peer));
    }

    /// <inheritdoc/>
    public bool TryPost(Action action) => _loop.TryPost(action);

    /// <summary>Sends what is no QUIC from one of the sockets, once and without a promise.</summary>
    /// <param name="size">Of each datagram but the last, which may be shorter.</param>
    public void Send(NetworkPath to, byte[] datagrams, int size) =>
        TryPost(() =>
        {
            // One that is full drops it, as the network might.
            if (to.Carrier < _sockets.Length && _sockets[to.Carrier] is { } socket)
            {
                _ = socket.TrySend(to, datagrams, size, ecn: 0, out _);
            }
        });

    /// <summary>Hands in what came by a carrier that is no socket: datagrams of one size, the last perhaps shorter.</summary>
    public void Deliver(NetworkPath from, byte[] datagrams, int size)
    {
        if (Interlocked.Add(ref _delivered, datagrams.Length) > MostDelivered || !TryPost(Receive))
        {
            Interlocked.Add(ref _delivered, -datagrams.Length);
        }

        void Receive()
        {
            Interlocked.Add(ref _delivered, -datagrams.Length);
            for (var at = 0; at < datagrams.Length; at += size)
            {
                var datagram = datagrams.AsSpan(at, Math.Min(size, datagrams.Length - at));
                _endpoint.Receive(from, datagram, EcnMark.NotEct, LoopClock.Now);
            }
        }
    }

    /// <summary>Closes one socket: what comes and goes there is lost from now on, as when an interface disappears.</summary>
    public void CloseSocket(int carrier) =>
        TryPost(() =>
        {
            if (_sockets[carrier] is { } socket)
            {
                _sockets[carrier] = null;
                _isHeld &= _held.Path.Carrier != carrier;
                _loop.Remove(socket);
            }
        });

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        await _running;
    }

    void INetworkLoopWork.Receive(UdpSocket socket, in ReceivedBatch batch, Instant now)
    {
        var ecn = (EcnMark)batch.Ecn;
        for (var i = 0; i < batch.Count; i++)
        {
            var datagram = batch[i];
            if (_endpoint.Receive(batch.From, datagram, ecn, now) == ReceiveOutcome.NotQuic)
            {
                _notQuic?.Invoke(batch.From, datagram);
            }
        }
    }

    void INetworkLoopWork.ContinueSending(UdpSocket socket, Instant now)
    {
        // What was held goes first; FinishTurn sends it.
    }

    Instant INetworkLoopWork.FinishTurn(Instant now)
    {
        if (_endpoint.NextTimeout() <= now)
        {
            _endpoint.OnTimeout(now);
        }
        if (_isHeld && !TryFinishHeld())
        {
            return _endpoint.NextTimeout();
        }
        for (var batches = 0; batches < BatchesPerTurn; batches++)
        {
            if (!_endpoint.TryTransmit(_buffer, LoopClock.Now, out var sent))
            {
                return _endpoint.NextTimeout();
            }
            (_held, _heldFrom) = (sent, 0);
            if (!TryFinishHeld())
            {
                return _endpoint.NextTimeout();
            }
        }
        // There is more; but first what arrived meanwhile.
        return now;
    }

    /// <summary>Sends what is left of a transmission. False if the socket is full.</summary>
    private bool TryFinishHeld()
    {
        _isHeld = false;
        if (_held.Path.Carrier >= _sockets.Length)
        {
            _elsewhere?.Invoke(_held.Path, _buffer.AsSpan(0, _held.Length), _held.SegmentSize);
            return true;
        }
        if (_sockets[_held.Path.Carrier] is not { } socket)
        {
            return true;
        }
        if (SocketAddresses.IsV4(_held.Path) != (socket.Family == AddressFamily.InterNetwork))
        {
            // A path that somebody made up: nothing goes there.
            return true;
        }
        while (_heldFrom < _held.Length)
        {
            var bytes = _buffer.AsSpan(_heldFrom, _held.Length - _heldFrom);
            var result = socket.TrySend(_held.Path, bytes, _held.SegmentSize, (byte)_held.Ecn, out var gone);
            _heldFrom += gone;
            switch (result)
            {
                case SendResult.WouldBlock:
                    _isHeld = true;
                    return false;
                case SendResult.TooLarge:
                    // The one that was not taken is lost, and so are its like.
                    var size = Math.Min(_held.SegmentSize, _held.Length - _heldFrom);
                    _endpoint.OnTooLarge(_held.Path, size, LoopClock.Now);
                    _heldFrom += size;
                    break;
                default:
                    // Sent, or unreachable now: lost, which the connection notices by itself.
                    return true;
            }
        }
        return true;
    }

    private async Task RunAsync()
    {
        try
        {
            // Not on a context of whoever started it, who may be waiting for just this.
            await _loop.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            // After the last turn: whoever still waits is told.
            _endpoint.Abandon();
        }
    }
}
