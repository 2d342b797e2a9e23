using Toss.Quic.Connections;
using Toss.Quic.Streams;

namespace Toss.Quic;

// Everything here runs on the loop.
public sealed partial class QuicConnection
{
    /// <summary>Events that wait for somebody to take them: more than happen to a link in a day.</summary>
    private const int MaxEvents = 256;

    /// <summary>Datagrams that wait to be received, however small: what comes in 10 ms of a fast link.</summary>
    private const int MaxDatagrams = 1024;

    private const int MaxDatagramsPosted = 1024;

    private readonly QuicEndpoint _endpoint;
    private readonly Connection _core;
    private readonly TaskCompletionSource<CloseReason> _closed = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Inlet<QuicStream> _incoming = new();
    private readonly Inlet<byte[]> _datagrams = new(MaxDatagrams);
    private readonly Inlet<ConnectionEvent> _events = new(MaxEvents);
    private readonly Dictionary<long, QuicStream> _streams = [];
    private readonly Queue<Opening> _openings = new();
    private readonly List<Asking> _askings = [];
    private Waiter<QuicConnection>? _dialler;
    private volatile PathNow _path;
    private int _maxDatagramLength;
    private int _datagramsPosted;
    private QuicException? _end;

    /// <summary>What happened since the last time.</summary>
    internal void TakeNews(Instant now)
    {
        CloseReason? closed = null;
        while (_core.TryNextEvent(out var next))
        {
            closed = next is ConnectionEvent.Closed { Reason: var reason } ? reason : closed;
            OnEvent(next, now);
        }
        while (_core.DatagramsReceived.TryPeek(out var datagram))
        {
            _datagrams.Add(datagram.ToArray());
            _core.DatagramsReceived.Take();
        }
        while (_core.Streams.TryNextEvent(out var next))
        {
            OnStream(next);
        }
        Volatile.Write(ref _maxDatagramLength, Math.Max(0, _core.MaxDatagramLength));
        if (closed is not null)
        {
            // Only now: what came before the end is still handed on.
            End(closed);
            return;
        }
        Open();
        if (_askings.Count > 0)
        {
            Ask(now);
        }
    }

    /// <summary>Says goodbye.</summary>
    internal void CloseNow(long code, string reason, Instant now)
    {
        if (_end is null)
        {
            _core.Close(code, reason, now);
            _endpoint.Touch(_core);
        }
    }

    /// <summary>Nobody waits for it any more; from any thread.</summary>
    internal void GiveUp() => _endpoint.Post(new Closing(this, 0, ""));

    /// <summary>Nobody calls the core any more.</summary>
    internal void Abandon() => End(new CloseReason(CloseCause.Abandoned, IsApplication: false, 0));

    internal StreamSet Streams => _core.Streams;

    /// <summary>Work for this connection, from any thread.</summary>
    internal void Post(IPosted work) => _endpoint.Post(work);

    /// <summary>Something was done to a stream.</summary>
    internal void Touch() => _endpoint.Touch(_core);

    internal void Forget(QuicStream stream) => _streams.Remove(stream.Id);

    private void OnEvent(ConnectionEvent next, Instant now)
    {
        switch (next)
        {
            case ConnectionEvent.Connected connected:
                (Peer, Protocol) = (connected.Peer, connected.Protocol);
                OnConnected(now);
                return;
            case ConnectionEvent.PathChanged changed:
                _path = new PathNow(changed.Path);
                break;
            case ConnectionEvent.PathValidated validated:
                Answer(validated.Path, true);
                break;
            case ConnectionEvent.PathFailed failed:
                Answer(failed.Path, false);
                break;
            default:
                break;
        }
        _events.Add(next);
    }

    private void OnConnected(Instant now)
    {
        Volatile.Write(ref _maxDatagramLength, Math.Max(0, _core.MaxDatagramLength));
        if (_dialler is not { } dialler)
        {
            _endpoint.OnEstablished(this, now);
        }
        else if (dialler.TryClaim())
        {
            dialler.Give(this);
        }
        else
        {
            CloseNow(0, "", now);
        }
        _dialler = null;
    }

    private void OnStream(in StreamEvent next)
    {
        if ((next.Events & StreamEvents.Opened) != 0)
        {
            _incoming.Add(Add(next.Id));
        }
        if (_streams.TryGetValue(next.Id, out var stream))
        {
            stream.OnEvent(next);
        }
    }

    private QuicStream Add(long id)
    {
        var stream = new QuicStream(this, _endpoint.Memory, id, isOurs: StreamId.IsOfServer(id) == IsServer);
        _streams.Add(id, stream);
        return stream;
    }

    /// <summary>Opens as many streams as are waited for and the peer allows.</summary>
    private void Open()
    {
        for (var left = _openings.Count; left > 0; left--)
        {
            var opening = _openings.Dequeue();
            if (_core.Streams.Openable(opening.Unidirectional) <= 0)
            {
                // The peer is told, as often as the limit changes (RFC 9000 §4.6).
                _ = _core.Streams.TryOpen(opening.Unidirectional);
                if (!opening.Waiter.IsClaimed)
                {
                    _openings.Enqueue(opening);
                }
            }
            else if (opening.Waiter.TryClaim())
            {
                var stream = Add(_core.Streams.TryOpen(opening.Unidirectional));
                opening.Waiter.Give(stream);
                stream.Begin();
            }
        }
    }

    private void Ask(Instant now)
    {
        if (!_core.IsConfirmed)
        {
            return;
        }
        foreach (var asking in _askings)
        {
            if (!asking.IsAsked)
            {
                asking.Ask(_core, now);
                Touch();
            }
        }
        _askings.RemoveAll(static asking => asking.Waiter.IsClaimed);
    }

    private void Answer(NetworkPath path, bool answers)
    {
        foreach (var asking in _askings)
        {
            if (asking.IsAsked && asking.Path == path && asking.Waiter.TryClaim())
            {
                asking.Waiter.Give(answers);
            }
        }
    }

    private void End(CloseReason reason)
    {
        if (_end is not null)
        {
            return;
        }
        _end = QuicException.Of(reason);
        _closed.SetResult(reason);
        _dialler?.TryFail(_end);
        _incoming.End(_end);
        _datagrams.End(_end);
        _events.End(_end);
        foreach (var opening in _openings)
        {
            opening.Waiter.TryFail(_end);
        }
        foreach (var asking in _askings)
        {
            asking.Waiter.TryFail(_end);
        }
        _openings.Clear();
        _askings.Clear();
        foreach (var stream in _streams.Values.ToArray())
        {
            stream.End(_end);
        }
        _streams.Clear();
        _endpoint.OnClosed(this);
    }
}
