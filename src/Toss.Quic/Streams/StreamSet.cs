using Toss.Quic.Wire;

namespace Toss.Quic.Streams;

/// <summary>
/// All streams of one connection (RFC 9000 §2 to §4): ids, limits, flow control, turns. Frames go in and out as plain values,
/// the connection writes them into packets and says what became of these. Not thread-safe.
/// This part is the application's side; the others are what the peer sends and what we send.
/// </summary>
internal sealed partial class StreamSet
{
    /// <summary>Priorities go from 0, the most urgent, up to this, excluded.</summary>
    public const int Priorities = 8;

    public const int DefaultPriority = 3;

    private readonly bool _isServer;
    private readonly StreamLimits _ours;
    private readonly int _sendCapacity;
    private readonly BlockPool _pool;
    private readonly Dictionary<long, StreamEntry> _streams = [];
    private readonly Queue<StreamEntry> _events = new();
    private readonly Queue<StreamEntry> _control = new();
    private readonly StreamSchedule _schedule = new();
    private readonly Grant _granted;
    private readonly Allowance _allowed = new();
    private readonly Directions<Grant> _grantedStreams;
    private readonly Directions<Allowance> _allowedStreams = new(new Allowance(), new Allowance());
    private StreamLimits _peers = new();

    /// <param name="ours">What we tell the peer in our transport parameters.</param>
    /// <param name="sendCapacity">
    /// The most bytes that one stream holds because they are not acknowledged yet. This, times the streams open, and
    /// <paramref name="ours"/> for the other way, bound our memory.
    /// </param>
    public StreamSet(bool isServer, StreamLimits ours, int sendCapacity, BlockPool? pool = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sendCapacity);
        (_isServer, _ours, _sendCapacity) = (isServer, ours, sendCapacity);
        _pool = pool ?? new BlockPool();
        _granted = new Grant(ours.Data);
        _grantedStreams = new(new Grant(ours.BidirectionalStreams), new Grant(ours.UnidirectionalStreams));
    }

    /// <summary>Streams that are not done in both directions.</summary>
    public int Count => _streams.Count;

    /// <summary>Memory held for data.</summary>
    public long BytesHeld => (long)_pool.InUse * BlockPool.BlockLength;

    /// <summary>The peer's transport parameters, once known and before anything is opened.</summary>
    public void SetPeerLimits(StreamLimits peers)
    {
        _peers = peers;
        _ = _allowed.Raise(peers.Data);
        _ = _allowedStreams.Bidirectional.Raise(peers.BidirectionalStreams);
        _ = _allowedStreams.Unidirectional.Raise(peers.UnidirectionalStreams);
    }

    /// <returns>The id; -1 when the peer allows no more streams now, which it is then told.</returns>
    public long TryOpen(bool unidirectional)
    {
        var allowed = _allowedStreams[unidirectional];
        if (allowed.Available <= 0)
        {
            allowed.Blocked();
            return -1;
        }
        var id = StreamId.Of(allowed.Used, _isServer, unidirectional);
        allowed.Use(1);
        _streams.Add(
            id,
            unidirectional
                ? new StreamEntry(id, NewSend(_peers.Unidirectional), null)
                : new StreamEntry(id, NewSend(_peers.PeerBidirectional), NewReceive(_ours.OwnBidirectional))
        );
        return id;
    }

    /// <summary>Streams that could be opened now.</summary>
    public long Openable(bool unidirectional) => _allowedStreams[unidirectional].Available;

    /// <summary>
    /// Takes bytes to be sent, as many as there is room for; with all of them taken, <paramref name="fin"/> ends the stream.
    /// </summary>
    /// <returns>How many were taken; -1 when this stream takes none (ended, reset, unknown, the peer's).</returns>
    public int Write(long id, ReadOnlySpan<byte> data, bool fin)
    {
        if (!_streams.TryGetValue(id, out var entry) || entry.Send is null)
        {
            return -1;
        }
        var taken = entry.Send.Write(data, fin);
        _schedule.Add(entry);
        return taken;
    }

    /// <summary>Gives up sending (RFC 9000 §3.1).</summary>
    public void Reset(long id, long code)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, VarInt.Maximum);
        if (_streams.TryGetValue(id, out var entry) && entry.Send?.Reset(code) == true)
        {
            Control(entry);
        }
    }

    /// <summary>Reads what is there. A stream that is gone is at its end.</summary>
    public StreamRead Read(long id, Span<byte> into)
    {
        if (!_streams.TryGetValue(id, out var entry) || entry.Receive is null)
        {
            return new StreamRead(0, IsEnd: true);
        }
        var read = entry.Receive.Read(into);
        Control(entry);
        Retire(entry);
        return read;
    }

    /// <summary>Bytes that <see cref="Read"/> would give now.</summary>
    public long Readable(long id) =>
        _streams.TryGetValue(id, out var entry) && entry.Receive is { } receive ? receive.Readable : 0;

    /// <summary>Gives up reading (RFC 9000 §3.5).</summary>
    public void StopSending(long id, long code)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, VarInt.Maximum);
        if (_streams.TryGetValue(id, out var entry) && entry.Receive is not null)
        {
            entry.Receive.Stop(code);
            Control(entry);
            Retire(entry);
        }
    }

    public void SetPriority(long id, int priority)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(priority);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(priority, Priorities);
        if (_streams.TryGetValue(id, out var entry))
        {
            _schedule.Move(entry, priority);
        }
    }

    /// <summary>Whether <see cref="TryNextEvent"/> would give one.</summary>
    public bool HasEvents => _events.Count > 0;

    /// <summary>The next stream with events, all of them at once: no more wait than there are streams.</summary>
    public bool TryNextEvent(out StreamEvent next)
    {
        if (!_events.TryDequeue(out var entry))
        {
            next = default;
            return false;
        }
        next = new StreamEvent(entry.Id, entry.Events, entry.StopCode, entry.Receive?.ResetCode ?? 0);
        entry.Events = StreamEvents.None;
        return true;
    }

    private SendStream NewSend(long limit) => new(_pool, _sendCapacity, limit);

    private ReceiveStream NewReceive(long window) => new(_pool, window, _granted);

    private void Raise(StreamEntry entry, StreamEvents events)
    {
        if (events == StreamEvents.None)
        {
            return;
        }
        if (entry.Events == StreamEvents.None)
        {
            _events.Enqueue(entry);
        }
        entry.Events |= events;
    }

    private void Control(StreamEntry entry)
    {
        if (!entry.IsInControl && entry.HasControl)
        {
            entry.IsInControl = true;
            _control.Enqueue(entry);
        }
    }

    /// <summary>Forgets a stream that is done; the peer may open another for one of its own.</summary>
    private void Retire(StreamEntry entry)
    {
        if (entry.IsDone && _streams.Remove(entry.Id) && StreamId.IsOfServer(entry.Id) != _isServer)
        {
            _grantedStreams[StreamId.IsUnidirectional(entry.Id)].Consume(1);
        }
    }

    /// <summary>One of a thing for each kind of stream.</summary>
    private readonly record struct Directions<T>(T Bidirectional, T Unidirectional)
    {
        public T this[bool unidirectional] => unidirectional ? Unidirectional : Bidirectional;
    }
}
