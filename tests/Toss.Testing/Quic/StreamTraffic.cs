using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Streams;
using Xunit;

namespace Toss.Testing.Quic;

/// <summary>
/// One side's application: sends streams of bytes that follow from stream and offset, reads and checks those of the peer,
/// and answers each two-way stream with as many bytes as it brought.
/// </summary>
internal sealed class StreamTraffic(bool isServer)
{
    private readonly byte[] _bytes = new byte[16 * 1024];
    private readonly Queue<(int Length, bool Unidirectional)> _toOpen = new();
    private readonly Dictionary<long, (long At, long End)> _writing = [];
    private readonly Dictionary<long, long> _reading = [];

    /// <summary>Streams of ours whose bytes and end the peer has acknowledged.</summary>
    public int Delivered { get; private set; }

    /// <summary>Streams read to their end.</summary>
    public int Finished { get; private set; }

    public long BytesRead { get; private set; }

    /// <summary>Nothing waits to be written, and every stream that began was read to its end.</summary>
    public bool IsIdle => _toOpen.Count == 0 && _writing.Count == 0 && _reading.Count == 0;

    public List<ConnectionEvent> Events { get; } = [];

    public List<byte[]> Datagrams { get; } = [];

    public void Send(int length, bool unidirectional = false) => _toOpen.Enqueue((length, unidirectional));

    /// <summary>Does what can be done now.</summary>
    public void Drive(Connection connection)
    {
        while (connection.TryNextEvent(out var next))
        {
            Events.Add(next);
        }
        while (connection.DatagramsReceived.TryPeek(out var datagram))
        {
            Datagrams.Add(datagram.ToArray());
            connection.DatagramsReceived.Take();
        }
        while (connection.Streams.TryNextEvent(out var next))
        {
            OnStream(connection, next);
        }
        while (_toOpen.TryPeek(out var wanted) && connection.State == ConnectionState.Established)
        {
            var id = connection.Streams.TryOpen(wanted.Unidirectional);
            if (id < 0)
            {
                break;
            }
            _toOpen.Dequeue();
            _writing[id] = (0, wanted.Length);
            if (!wanted.Unidirectional)
            {
                _reading[id] = 0;
            }
        }
        foreach (var id in _writing.Keys.ToList())
        {
            Write(connection, id);
        }
    }

    private void OnStream(Connection connection, in StreamEvent next)
    {
        if ((next.Events & StreamEvents.Opened) != 0)
        {
            _reading.TryAdd(next.Id, 0);
        }
        if ((next.Events & StreamEvents.Acknowledged) != 0)
        {
            Delivered++;
        }
        if (_reading.ContainsKey(next.Id))
        {
            Read(connection, next.Id);
        }
    }

    private void Read(Connection connection, long id)
    {
        while (true)
        {
            var read = connection.Streams.Read(id, _bytes);
            Assert.False(read.IsReset);
            var at = _reading[id];
            for (var i = 0; i < read.Length; i++)
            {
                if (_bytes[i] != Expected(!isServer, id, at + i))
                {
                    Assert.Fail($"Stream {id}: byte {at + i} is wrong.");
                }
            }
            BytesRead += read.Length;
            _reading[id] = at + read.Length;
            if (read.IsEnd)
            {
                Finished++;
                _reading.Remove(id);
                if (StreamId.IsOfServer(id) != isServer && !StreamId.IsUnidirectional(id))
                {
                    _writing[id] = (0, at + read.Length);
                }
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
        var (at, end) = _writing[id];
        while (true)
        {
            var length = (int)Math.Min(_bytes.Length, end - at);
            for (var i = 0; i < length; i++)
            {
                _bytes[i] = Expected(isServer, id, at + i);
            }
            var taken = connection.Streams.Write(id, _bytes.AsSpan(0, length), fin: at + length == end);
            Assert.True(taken >= 0);
            at += taken;
            if (taken == length && at == end)
            {
                _writing.Remove(id);
                return;
            }
            if (taken < length)
            {
                _writing[id] = (at, end);
                return;
            }
        }
    }

    private static byte Expected(bool byServer, long id, long at) =>
        (byte)(((ulong)(at + (id * 7919) + (byServer ? 13 : 0)) * 0x9E37_79B9_7F4A_7C15ul) >> 56);
}
