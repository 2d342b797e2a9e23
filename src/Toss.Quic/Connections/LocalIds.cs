namespace Toss.Quic.Connections;

/// <summary>The connection IDs that we issued to the peer (RFC 9000 §5.1.1).</summary>
internal sealed class LocalIds
{
    /// <summary>The most that are active, whatever the peer would keep.</summary>
    public const int MaxActive = 8;

    private readonly IConnectionIds _ids;
    private readonly Connection _connection;
    private readonly List<Issued> _active = [];
    private readonly Queue<long> _due = new();
    private long _next;
    private int _wanted = 1;

    public LocalIds(IConnectionIds ids, Connection connection)
    {
        (_ids, _connection) = (ids, connection);
        First = ids.Issue(connection);
        _active.Add(new Issued(_next++, First));
    }

    /// <summary>That of the handshake; its sequence number is 0.</summary>
    public ConnectionId First { get; }

    public bool HasDue => _due.Count > 0;

    /// <summary>Issues as many as the peer keeps, from now on always.</summary>
    public void Fill(long peerLimit)
    {
        _wanted = First.IsEmpty ? 1 : (int)Math.Min(peerLimit, MaxActive);
        while (_active.Count < _wanted)
        {
            _due.Enqueue(_next);
            _active.Add(new Issued(_next++, _ids.Issue(_connection)));
        }
    }

    /// <summary>The next that the peer must be told of.</summary>
    public bool TryPeekDue(out long sequence, out ConnectionId id)
    {
        while (_due.TryPeek(out sequence))
        {
            foreach (var issued in _active)
            {
                if (issued.Sequence == sequence)
                {
                    id = issued.Id;
                    return true;
                }
            }
            // The peer retired it before it was told again.
            _ = _due.Dequeue();
        }
        id = default;
        return false;
    }

    public void TakeDue() => _due.Dequeue();

    public void OnLost(long sequence) => _due.Enqueue(sequence);

    /// <summary>RFC 9000 §19.16: the peer uses one no more and gets another.</summary>
    public TransportErrorCode OnRetire(long sequence, in ConnectionId receivedOn)
    {
        if (sequence >= _next || First.IsEmpty)
        {
            return TransportErrorCode.ProtocolViolation;
        }
        var at = _active.FindIndex(issued => issued.Sequence == sequence);
        if (at < 0)
        {
            return TransportErrorCode.NoError;
        }
        if (_active[at].Id == receivedOn)
        {
            return TransportErrorCode.ProtocolViolation;
        }
        _ids.Retire(_active[at].Id);
        _active.RemoveAt(at);
        Fill(_wanted);
        return TransportErrorCode.NoError;
    }

    public void RetireAll()
    {
        foreach (var issued in _active)
        {
            _ids.Retire(issued.Id);
        }
        _active.Clear();
    }

    private readonly record struct Issued(long Sequence, ConnectionId Id);
}
