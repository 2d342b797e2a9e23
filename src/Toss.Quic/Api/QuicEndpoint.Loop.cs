using System.Collections.Concurrent;
using Toss.Quic.Connections;

namespace Toss.Quic;

// What happens on the loop, and how work of other threads gets there.
public sealed partial class QuicEndpoint
{
    private readonly ConcurrentQueue<IPosted> _posted = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _afterwards = new();
    private readonly int _mostWaiting;
    private readonly Action _onWoken;
    private IQuicLoop? _loop;
    private int _isWoken;
    private bool _isEnding;
    private volatile bool _isOver;

    internal PipeMemory Memory { get; } = new();

    /// <summary>
    /// The loop has ended, and nobody calls it any more: whoever waits for something of this endpoint gets an exception,
    /// and peers are told nothing. To be called after the last turn, once; on any thread.
    /// </summary>
    public void Abandon()
    {
        lock (_afterwards)
        {
            End(default);
        }
    }

    /// <summary>Work for the loop, from any thread. What comes after the end runs at once, to learn that it is the end.</summary>
    internal void Post(IPosted work)
    {
        _posted.Enqueue(work);
        if (_isOver)
        {
            lock (_afterwards)
            {
                RunPosted(default);
            }
            return;
        }
        Wake();
    }

    /// <summary>Something was done to this connection, on the loop.</summary>
    internal void Touch(Connection connection)
    {
        if (!_isOver)
        {
            _core.Touch(connection);
        }
    }

    private void Wake()
    {
        // One post is enough for all that comes before the loop runs it.
        if (_loop is { } loop && Interlocked.Exchange(ref _isWoken, 1) == 0 && !loop.TryPost(_onWoken))
        {
            OnWoken();
        }
    }

    /// <summary>
    /// The posted action; the work is done by the drain that follows it. Only here, where a drain is certain to follow, may
    /// the next post be asked for: an earlier drain may meet work whose post is yet to come.
    /// </summary>
    private void OnWoken() => Interlocked.Exchange(ref _isWoken, 0);

    private void RunPosted(Instant now)
    {
        if (_posted.IsEmpty)
        {
            return;
        }
        // No more than was there: what runs may post.
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
        {
            work.Run(now);
        }
    }

    private void TakeNews(Instant now)
    {
        while (_core.TryAccept(out var accepted))
        {
            Adopt(accepted, null);
        }
        while (_core.TryNextChanged(out var changed))
        {
            (changed.Owner as QuicConnection)?.TakeNews(now);
        }
    }

    private QuicConnection Adopt(Connection core, Waiter<QuicConnection>? dialler)
    {
        var connection = new QuicConnection(this, core, dialler);
        core.Owner = connection;
        _connections.Add(connection);
        return connection;
    }

    /// <summary>Its peer has proved who it is.</summary>
    internal void OnEstablished(QuicConnection connection, Instant now)
    {
        // Those that are over count, too, until somebody takes them: peers come and go as they like.
        if (_isEnding || _accepted.Count >= _mostWaiting)
        {
            connection.CloseNow(0, "", now);
        }
        else
        {
            _accepted.Add(connection);
        }
    }

    internal void OnClosed(QuicConnection connection) => _connections.Remove(connection);

    private void EndIfDue(Instant now)
    {
        if (_isEnding && _core.Count == 0)
        {
            lock (_afterwards)
            {
                End(now);
            }
        }
    }

    private void End(Instant now)
    {
        if (_isOver)
        {
            return;
        }
        _isEnding = _isOver = true;
        _accepted.End(EndOfEndpoint());
        foreach (var connection in _connections.ToArray())
        {
            connection.Abandon();
        }
        RunPosted(now);
        _core.Dispose();
        _ended.TrySetResult();
    }

    private static QuicException EndOfEndpoint() => new(QuicErrorReason.EndpointEnded, "The endpoint has ended.");

    /// <summary>A connection that somebody wants.</summary>
    private sealed class Dialling(QuicEndpoint endpoint, QuicDialOptions options) : IPosted
    {
        public Waiter<QuicConnection> Waiter { get; } = new();

        public volatile QuicConnection? Connection;

        public void Run(Instant now)
        {
            if (Waiter.IsClaimed)
            {
                return;
            }
            if (endpoint._isEnding)
            {
                Waiter.TryFail(EndOfEndpoint());
                return;
            }
            var core = endpoint._core.Dial(
                options.Connection,
                options.Path,
                now,
                options.FirstDestination,
                options.Token.Span
            );
            Connection = endpoint.Adopt(core, Waiter);
        }
    }

    private sealed class Ending(QuicEndpoint endpoint) : IPosted
    {
        public void Run(Instant now)
        {
            if (endpoint._isEnding)
            {
                return;
            }
            endpoint._isEnding = true;
            endpoint._core.TakesPeers = false;
            endpoint._accepted.End(EndOfEndpoint());
            foreach (var connection in endpoint._connections.ToArray())
            {
                connection.CloseNow(0, "", now);
            }
        }
    }
}
