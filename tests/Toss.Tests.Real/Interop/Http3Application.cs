using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Streams;
using Toss.Testing.Interop;

namespace Toss.Tests.Real.Interop;

/// <summary>
/// Our side of HTTP/3: as a server it answers every request with one document, as a client it fetches one. On the loop's
/// thread.
/// </summary>
/// <param name="document">What the server serves; null at a client.</param>
internal sealed class Http3Application(byte[]? document)
{
    private readonly Dictionary<long, List<byte>> _read = [];
    private readonly Dictionary<long, (byte[] Bytes, int At)> _writing = [];
    private readonly byte[] _buffer = new byte[16 * 1024];
    private bool _opened;
    private bool _asked;

    /// <summary>The whole response stream at a client, once it ended.</summary>
    public byte[]? Response { get; private set; }

    /// <summary>The client waits with its request.</summary>
    public bool Holds { get; set; }

    public List<ConnectionEvent> Events { get; } = [];

    public byte[]? Body => Response is { } all && Http3.TryRead(all, out _, out var body) ? body : null;

    public bool Saw<T>()
        where T : ConnectionEvent => Events.OfType<T>().Any();

    public void Drive(Connection connection)
    {
        while (connection.TryNextEvent(out var next))
        {
            Events.Add(next);
        }
        if (connection.State == ConnectionState.Established && !_opened)
        {
            _opened = true;
            Begin(connection, Http3.ControlStream, unidirectional: true, ends: false);
        }
        if (_opened && document is null && !_asked && !Holds)
        {
            _asked = true;
            Begin(connection, Http3.Request("localhost", "/document"), unidirectional: false, ends: true);
        }
        while (connection.Streams.TryNextEvent(out var next))
        {
            Read(connection, next.Id);
        }
        foreach (var (id, (bytes, at)) in _writing.ToList())
        {
            var taken = connection.Streams.Write(id, bytes.AsSpan(at), fin: true);
            if (taken < 0 || at + taken == bytes.Length)
            {
                _writing.Remove(id);
            }
            else
            {
                _writing[id] = (bytes, at + taken);
            }
        }
    }

    private void Begin(Connection connection, byte[] bytes, bool unidirectional, bool ends)
    {
        var id = connection.Streams.TryOpen(unidirectional);
        if (ends)
        {
            _writing[id] = (bytes, 0);
        }
        else
        {
            _ = connection.Streams.Write(id, bytes, fin: false);
        }
    }

    private void Read(Connection connection, long id)
    {
        if (!_read.TryGetValue(id, out var all))
        {
            _read[id] = all = [];
        }
        StreamRead read;
        do
        {
            read = connection.Streams.Read(id, _buffer);
            all.AddRange(_buffer.AsSpan(0, read.Length));
        } while (read.Length > 0 && !read.IsEnd);
        if (!read.IsEnd || read.IsReset || StreamId.IsUnidirectional(id) || all.Count == 0)
        {
            return;
        }
        _read.Remove(id);
        if (document is null)
        {
            Response = [.. all];
        }
        else
        {
            _writing[id] = (Http3.Response(200, document), 0);
        }
    }
}
