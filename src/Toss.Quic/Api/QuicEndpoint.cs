using Toss.Quic.Endpoints;

namespace Toss.Quic;

/// <summary>
/// All QUIC connections that share sockets. It has two faces.
/// <para>For the loop that owns it, <b>and only for that</b>: <see cref="Receive"/>, <see cref="OnTimeout"/>,
/// <see cref="OnTooLarge"/>; after any of them, and after each action that it posted, <see cref="TryTransmit"/> until that
/// is false, and then <see cref="NextTimeout"/>. Nothing of these is thread-safe, waits, or throws for what a peer sends;
/// all cryptography happens in them.</para>
/// <para>For everybody, on any thread: <see cref="ConnectAsync"/>, <see cref="AcceptConnectionAsync"/>,
/// <see cref="DisposeAsync"/>, and the connections and streams that come of them. Nobody's code runs on the loop but the
/// callbacks of the options: those must not wait, and what they throw ends the loop.</para>
/// </summary>
public sealed partial class QuicEndpoint : IAsyncDisposable
{
    private readonly Endpoint _core;
    private readonly Inlet<QuicConnection> _accepted = new();
    private readonly HashSet<QuicConnection> _connections = [];

    /// <param name="options">Who is let in, and how much of it.</param>
    /// <param name="random">
    /// Every random byte comes from there. It must be a cryptographic source, and is called on the loop only.
    /// </param>
    public QuicEndpoint(EndpointOptions options, IQuicRandom random)
    {
        _core = new Endpoint(options, random);
        _mostWaiting = options.MaxConnections;
        _onWoken = OnWoken;
    }

    /// <summary>What happened so far; each number by itself is right, whenever it is read.</summary>
    public EndpointCounters Counters => _core.Counters with { };

    /// <summary>To be called once, by whoever runs the loop, before or after others begin to use the endpoint.</summary>
    public void Attach(IQuicLoop loop)
    {
        if (Interlocked.CompareExchange(ref _loop, loop, null) is not null)
        {
            throw new InvalidOperationException("An endpoint has one loop.");
        }
        if (!_posted.IsEmpty)
        {
            Wake();
        }
    }

    /// <summary>One UDP payload. It is opened in place.</summary>
    public ReceiveOutcome Receive(in NetworkPath from, Span<byte> datagram, EcnMark ecn, Instant now) =>
        _isOver ? ReceiveOutcome.Dropped : _core.Receive(from, datagram, ecn, now);

    /// <summary>The next bytes to send; false when there are none now, and everything that was posted is done.</summary>
    /// <param name="buffer">At least 1,500 bytes; 64 KiB for whole batches.</param>
    public bool TryTransmit(Span<byte> buffer, Instant now, out Transmission sent)
    {
        // News first, because they lead to more to send.
        while (!_isOver)
        {
            RunPosted(now);
            TakeNews(now);
            if (_core.TryTransmit(buffer, now, out sent))
            {
                return true;
            }
            if (!_core.HasNews && _posted.IsEmpty)
            {
                EndIfDue(now);
                break;
            }
        }
        sent = default;
        return false;
    }

    /// <summary>When <see cref="OnTimeout"/> is to be called, if nothing happens before.</summary>
    public Instant NextTimeout() => _isOver ? Instant.Never : _core.NextTimeout();

    /// <summary>Does what is due; nothing if it is called too early.</summary>
    public void OnTimeout(Instant now)
    {
        if (!_isOver)
        {
            _core.OnTimeout(now);
        }
    }

    /// <summary>The way out is too narrow for a datagram of this size there: smaller ones are tried.</summary>
    public void OnTooLarge(in NetworkPath path, int size, Instant now)
    {
        if (!_isOver)
        {
            _core.OnTooLarge(path, size, now);
        }
    }

    /// <summary>
    /// Begins a connection; done when the peer has proved to own its key, and proof of ours is on its way.
    /// </summary>
    /// <exception cref="QuicException">It did not come to be.</exception>
    public async Task<QuicConnection> ConnectAsync(QuicDialOptions options, CancellationToken cancellation = default)
    {
        options.Connection.Check();
        options.Connection.Tls.Check(client: true);
        if (options.FirstDestination is { Length: < 8 })
        {
            throw new ArgumentException("A first destination has at least 8 bytes.", nameof(options));
        }
        var dialling = new Dialling(this, options);
        Post(dialling);
        try
        {
            return await dialling.Waiter.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            dialling.Connection?.GiveUp();
            throw;
        }
    }

    /// <summary>The next connection that a peer began, once it has proved who it is.</summary>
    /// <exception cref="QuicException">The endpoint has ended.</exception>
    public Task<QuicConnection> AcceptConnectionAsync(CancellationToken cancellation = default) =>
        _accepted.TakeAsync(cancellation);

    /// <summary>
    /// Closes all connections with code 0, and waits until nothing of them is left to be said to their peers (RFC 9000
    /// §10.2: three probe time-outs). Then the endpoint is over, and its loop may end.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Post(new Ending(this));
        await _ended.Task;
    }
}
