using System.Runtime.CompilerServices;
using Toss.Quic.Connections;
using Toss.Quic.Wire;

namespace Toss.Quic;

/// <summary>
/// A connection to a peer that has proved to own its key: streams both ways, datagrams, paths. For all threads. When it is
/// over, whoever waits for something of it gets a <see cref="QuicException"/> that says why, and so does who asks later.
/// </summary>
public sealed partial class QuicConnection : IAsyncDisposable
{
    internal QuicConnection(QuicEndpoint endpoint, Connection core, Waiter<QuicConnection>? dialler)
    {
        (_endpoint, _core, _dialler) = (endpoint, core, dialler);
        _path = new PathNow(core.Path);
    }

    public bool IsServer => _core.IsServer;

    /// <summary>The key that the peer proved to own, and its certificate if it showed one; null if it was not asked.</summary>
    public PeerCredential? Peer { get; private set; }

    /// <summary>The application protocol that both sides chose.</summary>
    public string Protocol { get; private set; } = "";

    /// <summary>The path in use.</summary>
    public NetworkPath Path => _path.Address;

    /// <summary>The smoothed round trip of that path.</summary>
    public TimeSpan RoundTrip => _core.RoundTrip;

    /// <summary>What happened so far; each number by itself is right, whenever it is read.</summary>
    public ConnectionCounters Counters => _core.Counters with { };

    /// <summary>How many key updates came before the keys that are written with now.</summary>
    public long KeyGeneration => _core.KeyGeneration;

    /// <summary>
    /// The longest datagram that can be sent now; 0 if the peer takes none. It changes with the path.
    /// </summary>
    public int MaxDatagramLength => Volatile.Read(ref _maxDatagramLength);

    /// <summary>Done when the connection is over, with the reason. Never fails.</summary>
    public Task<CloseReason> Closed => _closed.Task;

    /// <summary>Opens a stream; waits while the peer allows no more of them.</summary>
    /// <param name="unidirectional">Only this side writes.</param>
    public async Task<QuicStream> OpenStreamAsync(bool unidirectional = false, CancellationToken cancellation = default)
    {
        var opening = new Opening(this, unidirectional);
        _endpoint.Post(opening);
        return await opening.Waiter.WaitAsync(cancellation);
    }

    /// <summary>The next stream that the peer opened.</summary>
    public async Task<QuicStream> AcceptStreamAsync(CancellationToken cancellation = default)
    {
        var stream = await _incoming.TakeAsync(cancellation);
        stream.OnAccepted();
        return stream;
    }

    /// <summary>
    /// Sends a datagram, once and without a promise (RFC 9221). False if it is too long, too many wait for the loop
    /// already, or the connection is over.
    /// </summary>
    public bool TrySendDatagram(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length > MaxDatagramLength || _closed.Task.IsCompleted)
        {
            return false;
        }
        if (Interlocked.Increment(ref _datagramsPosted) > MaxDatagramsPosted)
        {
            Interlocked.Decrement(ref _datagramsPosted);
            return false;
        }
        _endpoint.Post(new Sending(this, datagram.ToArray(), null));
        return true;
    }

    /// <summary>The same; done when the connection has taken it, so that who awaits each is never too fast for the loop.</summary>
    public async Task SendDatagramAsync(ReadOnlyMemory<byte> datagram, CancellationToken cancellation = default)
    {
        var waiter = new Waiter<bool>();
        Interlocked.Increment(ref _datagramsPosted);
        _endpoint.Post(new Sending(this, datagram.ToArray(), waiter));
        if (!await waiter.WaitAsync(cancellation))
        {
            throw new QuicException(
                QuicErrorReason.DatagramTooLong,
                $"{datagram.Length} bytes; no more than {MaxDatagramLength} can be sent now."
            );
        }
    }

    /// <summary>The next datagram of the peer. Of those that nobody takes, the oldest are dropped.</summary>
    public Task<byte[]> ReceiveDatagramAsync(CancellationToken cancellation = default) =>
        _datagrams.TakeAsync(cancellation);

    /// <summary>
    /// What happens to paths, addresses that the peer sees, tokens. Of events that nobody takes, the oldest are dropped.
    /// </summary>
    public async Task<ConnectionEvent> ReadEventAsync(CancellationToken cancellation = default) =>
        await _events.TakeAsync(cancellation);

    /// <summary>The same, until the connection is over.</summary>
    public async IAsyncEnumerable<ConnectionEvent> ReadEventsAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default
    )
    {
        while (true)
        {
            ConnectionEvent next;
            try
            {
                next = await _events.TakeAsync(cancellation);
            }
            catch (QuicException)
            {
                yield break;
            }
            yield return next;
        }
    }

    /// <summary>
    /// Whether the peer answers on another path (RFC 9000 §8.2). False too if it cannot be asked: it forbade it, or gave no
    /// connection ID for it. Waits for the end of the handshake.
    /// </summary>
    public Task<bool> ProbePathAsync(NetworkPath path, CancellationToken cancellation = default) =>
        AskAsync(new Asking(this, path, migrates: false), cancellation);

    /// <summary>
    /// Goes on over another path, which is used at once, whether or not the peer was seen to answer there (RFC 9000 §9.2):
    /// the old one may be gone. True when it answered. Only for the side that dialled.
    /// </summary>
    public Task<bool> MigrateAsync(NetworkPath path, CancellationToken cancellation = default) =>
        IsServer
            ? throw new InvalidOperationException("Only the side that dialled may migrate (RFC 9000 §9).")
            : AskAsync(new Asking(this, path, migrates: true), cancellation);

    /// <summary>New keys for what is sent from now on, as soon as the rules allow (RFC 9001 §6).</summary>
    public void UpdateKeys() => _endpoint.Post(new KeyUpdate(this));

    /// <summary>
    /// Ends it at once: what the peer has not acknowledged is lost, so agree on the end first. Done when the peer is being
    /// told; the first reason counts.
    /// </summary>
    /// <param name="code">The application's, below 2^62.</param>
    /// <param name="reason">For people; the peer sees it.</param>
    public async Task CloseAsync(long code = 0, string reason = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, VarInt.Maximum);
        _endpoint.Post(new Closing(this, code, reason));
        _ = await _closed.Task;
    }

    /// <summary><see cref="CloseAsync"/> with code 0.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task<bool> AskAsync(Asking asking, CancellationToken cancellation)
    {
        _endpoint.Post(asking);
        return await asking.Waiter.WaitAsync(cancellation);
    }

    // So that it is replaced as a whole.
    private sealed record PathNow(NetworkPath Address);
}
