using Toss.Quic.Connections;
using Toss.Quic.Streams;

namespace Toss.Tests.Quic.Fuzz;

/// <summary>
/// An application that bears everything: it sends what it was told, reads what comes whatever it is, and answers each
/// two-way stream of the peer with as many bytes as it brought.
/// </summary>
internal sealed class FuzzTraffic(bool isServer)
{
    private const byte Filling = 0x55;

    private readonly byte[] _bytes = new byte[4096];
    private readonly Queue<(int Length, bool Unidirectional)> _toOpen = new();
    private readonly Dictionary<long, long> _left = [];
    private readonly HashSet<long> _reading = [];
    private bool _isWrong;
    private bool _greeted;
    private int _expected;

    /// <summary>All that was sent was acknowledged, and all that was expected came as it was sent.</summary>
    public bool IsDone =>
        !_isWrong && _greeted && _toOpen.Count == 0 && _left.Count == 0 && _reading.Count == 0 && _expected == 0;

    public void Send(int length, bool unidirectional = false)
    {
        _toOpen.Enqueue((length, unidirectional));
        _expected++;
    }

    public void Drive(Connection connection)
    {
        while (connection.TryNextEvent(out _)) { }
        while (connection.DatagramsReceived.TryPeek(out var datagram))
        {
            _greeted |= datagram.SequenceEqual("greeting"u8);
            connection.DatagramsReceived.Take();
        }
        while (connection.Streams.TryNextEvent(out var next))
        {
            OnStream(connection, next);
        }
        while (connection.State == ConnectionState.Established && _toOpen.TryPeek(out var wanted))
        {
            var id = connection.Streams.TryOpen(wanted.Unidirectional);
            if (id < 0)
            {
                break;
            }
            _ = _toOpen.Dequeue();
            _left[id] = wanted.Length;
            if (!wanted.Unidirectional)
            {
                _reading.Add(id);
            }
        }
        foreach (var id in _left.Keys.ToList())
        {
            Write(connection, id);
        }
    }

    public override string ToString() =>
        $"{_toOpen.Count} to open, {_left.Count} writing, {_reading.Count} reading, {_expected} not acknowledged";

    private void OnStream(Connection connection, in StreamEvent next)
    {
        var isOurs = StreamId.IsOfServer(next.Id) == isServer;
        if ((next.Events & StreamEvents.Opened) != 0)
        {
            _reading.Add(next.Id);
        }
        if ((next.Events & StreamEvents.Acknowledged) != 0 && isOurs)
        {
            _expected--;
        }
        _isWrong |= (next.Events & (StreamEvents.Stopped | StreamEvents.Reset)) != 0;
        if (!_reading.Contains(next.Id))
        {
            return;
        }
        while (true)
        {
            var read = connection.Streams.Read(next.Id, _bytes);
            _isWrong |= read.IsReset || _bytes.AsSpan(0, read.Length).ContainsAnyExcept(Filling);
            if (!isOurs && !StreamId.IsUnidirectional(next.Id))
            {
                _left[next.Id] = _left.GetValueOrDefault(next.Id) + read.Length;
            }
            if (read.IsEnd)
            {
                _reading.Remove(next.Id);
                return;
            }
            if (read.Length == 0)
            {
                return;
            }
        }
    }

    private void Write(Connection connection, long id)
    {
        while (true)
        {
            var length = (int)Math.Min(_bytes.Length, _left[id]);
            _bytes.AsSpan(0, length).Fill(Filling);
            // Of a stream that the peer is still sending on, the answer is not over.
            var ends = length == _left[id] && (StreamId.IsOfServer(id) == isServer || !_reading.Contains(id));
            var taken = connection.Streams.Write(id, _bytes.AsSpan(0, length), ends);
            if (taken < 0 || (taken == length && ends))
            {
                _left.Remove(id);
                return;
            }
            _left[id] -= taken;
            if (taken < length || length == 0)
            {
                return;
            }
        }
    }
}
