using Toss.Quic;
using Toss.Quic.Collections;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Toss.Quic.Protection;
using Toss.Quic.Streams;
using Toss.Quic.Tls;
using Toss.Quic.Wire;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>
/// A client that has keys and no manners: it finishes a handshake with a real endpoint and then sends whatever frames a test
/// writes, in whatever packets, from wherever. There is no network between them.
/// </summary>
internal sealed class RawPeer : IDisposable
{
    public static readonly NetworkPath Home = new(0, 0x0a000001, 1000);

    private static readonly ConnectionId First = new([1, 2, 3, 4, 5, 6, 7, 8]);

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly TlsEngine _tls;
    private readonly CryptoStream[] _crypto;
    private readonly PacketProtector?[] _keys = new PacketProtector?[2];
    private readonly long[] _next = new long[3];
    private readonly long[] _largest = [-1, -1, -1];
    private readonly long[] _cryptoSent = new long[3];
    private readonly RangeSet _received = new();
    private OneRttProtector? _oneRtt;

    public RawPeer(
        Func<ConnectionOptions, ConnectionOptions>? server = null,
        Func<TransportParameters, TransportParameters>? parameters = null
    )
    {
        var options = QuicPair.Options(isClient: false);
        Endpoint = new Endpoint(
            new EndpointOptions { Key = new byte[32], Server = server?.Invoke(options) ?? options },
            new SimQuicRandom(1)
        );
        var ours = new TransportParameters
        {
            InitialSourceConnectionId = Source,
            InitialMaxData = 1 << 20,
            InitialMaxStreamDataBidirectionalLocal = 1 << 20,
            InitialMaxStreamDataBidirectionalRemote = 1 << 20,
            InitialMaxStreamDataUnidirectional = 1 << 20,
            InitialMaxStreamsBidirectional = 100,
            InitialMaxStreamsUnidirectional = 100,
            ActiveConnectionIdLimit = 8,
            MaxDatagramFrameSize = 65_535,
        };
        Span<byte> encoded = stackalloc byte[512];
        var length = TransportParametersWriter.Write(encoded, parameters?.Invoke(ours) ?? ours);
        _tls = TlsEngine.Client(
            TlsPair.Options(client: true) with
            {
                TransportParameters = encoded[..length].ToArray(),
            }
        );
        var pool = new BlockPool();
        _crypto = [new(pool), new(pool), new(pool)];
        _keys[0] = PacketProtector.Initial(First, isServer: false);
        Destination = First;
    }

    public delegate void Frames(ref FrameWriter frames);

    public static ConnectionId Source { get; } = new([9, 9, 9, 9]);

    public Endpoint Endpoint { get; }

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerDay);

    /// <summary>The server's side of it.</summary>
    public Connection? AtServer { get; private set; }

    /// <summary>Where our packets go: the server's latest connection ID of our choice.</summary>
    public ConnectionId Destination { get; set; }

    /// <summary>What the server issued: sequence number and ID.</summary>
    public Dictionary<long, ConnectionId> Issued { get; } = [];

    /// <summary>The types of all frames heard in 1-RTT packets.</summary>
    public List<FrameType> Heard { get; } = [];

    /// <summary>The data of the latest PATH_CHALLENGE, by the path on which it was sent.</summary>
    public Dictionary<NetworkPath, byte[]> Challenges { get; } = [];

    /// <summary>Bytes of datagrams sent to each path.</summary>
    public Dictionary<NetworkPath, long> BytesTo { get; } = [];

    /// <summary>The largest packet number of the server's 1-RTT packets.</summary>
    public long LargestHeard => _largest[2];

    /// <summary>The number of our next 1-RTT packet.</summary>
    public long NextNumber
    {
        get => _next[2];
        set => _next[2] = value;
    }

    public long? CloseCode =>
        AtServer?.Closed is { IsApplication: false, Cause: CloseCause.Local } closed ? closed.Code : null;

    public RawPeer Connect()
    {
        for (var round = 0; round < 10 && AtServer is not { IsConfirmed: true }; round++)
        {
            PumpTls();
            for (var level = 0; level < 2; level++)
            {
                SendCrypto((TlsLevel)level);
            }
        }
        Assert.True(AtServer is { IsConfirmed: true }, "the handshake");
        return this;
    }

    /// <summary>One 1-RTT packet.</summary>
    public void Send(Frames write, NetworkPath? from = null, int padTo = 0)
    {
        Span<byte> packet = new byte[1500];
        var header = PacketWriter.WriteShortHeader(packet, Destination, _next[2], 4);
        var frames = new FrameWriter(packet[header..^PacketAead.TagSize]);
        write(ref frames);
        if (header + frames.Length + PacketAead.TagSize < padTo)
        {
            frames.WritePadding(padTo - header - frames.Length - PacketAead.TagSize);
        }
        packet = packet[..(header + frames.Length + PacketAead.TagSize)];
        Assert.True(_oneRtt!.TrySeal(packet, header, 4, _next[2]++));
        Deliver(packet, from ?? Home);
    }

    /// <summary>Raw bytes as the frames of one 1-RTT packet.</summary>
    public void SendBytes(ReadOnlySpan<byte> bytes, NetworkPath? from = null)
    {
        Span<byte> packet = new byte[1 + Destination.Length + 4 + bytes.Length + PacketAead.TagSize];
        var header = PacketWriter.WriteShortHeader(packet, Destination, _next[2], 4);
        bytes.CopyTo(packet[header..]);
        Assert.True(_oneRtt!.TrySeal(packet, header, 4, _next[2]++));
        Deliver(packet, from ?? Home);
    }

    /// <summary>Lets time pass for the server.</summary>
    public void Wait(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (Endpoint.NextTimeout() <= end)
        {
            Now = Instant.Max(Now, Endpoint.NextTimeout());
            Endpoint.OnTimeout(Now);
            Drain();
        }
        Now = end;
    }

    public void Dispose()
    {
        _tls.Dispose();
        _keys[0]?.Dispose();
        _keys[1]?.Dispose();
        _oneRtt?.Dispose();
        Endpoint.Dispose();
    }

    public void Deliver(ReadOnlySpan<byte> bytes, in NetworkPath from)
    {
        Endpoint.Receive(from, bytes.ToArray(), EcnMark.NotEct, Now);
        Drain();
    }

    public void Drain()
    {
        while (Endpoint.TryAccept(out var accepted))
        {
            AtServer = accepted;
        }
        while (Endpoint.TryNextChanged(out _)) { }
        while (Endpoint.TryTransmit(_buffer, Now, out var sent))
        {
            BytesTo[sent.Path] = BytesTo.GetValueOrDefault(sent.Path) + sent.Length;
            for (var at = 0; at < sent.Length; at += sent.SegmentSize)
            {
                Hear(sent.Path, _buffer.AsSpan(at, Math.Min(sent.SegmentSize, sent.Length - at)).ToArray());
            }
        }
    }

    private void SendCrypto(TlsLevel level)
    {
        var waiting = _tls.PendingOutput(level);
        if (waiting == 0 || _keys[(int)level] is not { } keys)
        {
            return;
        }
        var data = new byte[waiting];
        _ = _tls.TakeOutput(level, data);
        Span<byte> packet = new byte[1200];
        var type = level == TlsLevel.Initial ? PacketType.Initial : PacketType.Handshake;
        var number = _next[(int)level]++;
        var header = PacketWriter.WriteLongHeader(packet, type, Destination, Source, [], number, 4);
        var frames = new FrameWriter(packet[header..^PacketAead.TagSize]);
        Assert.True(frames.TryWriteCrypto(_cryptoSent[(int)level], data));
        _cryptoSent[(int)level] += data.Length;
        frames.WritePadding(frames.Left);
        PacketWriter.SetLength(packet, header, 4);
        Assert.True(keys.TrySeal(packet, header, 4, number));
        Deliver(packet, Home);
    }

    private void PumpTls()
    {
        for (var level = 0; level <= (int)_tls.ReadLevel; level++)
        {
            var bytes = new byte[_crypto[level].Readable];
            if (_crypto[level].Read(bytes) > 0)
            {
                Assert.Equal(TransportErrorCode.NoError, _tls.Receive((TlsLevel)level, bytes));
            }
            while (_tls.TryNext(out var next))
            {
                if (next is TlsEvent.Keys { Level: TlsLevel.Handshake } handshake)
                {
                    _keys[1] = new PacketProtector(handshake.Suite, handshake.Client, handshake.Server);
                }
                else if (next is TlsEvent.Keys keys)
                {
                    _oneRtt = new OneRttProtector(keys.Suite, keys.Client, keys.Server);
                }
            }
        }
    }

    private void Hear(in NetworkPath path, Span<byte> datagram)
    {
        while (!datagram.IsEmpty && PacketHeader.TryRead(datagram, Source.Length, false, out var header))
        {
            var packet = datagram[..header.PacketLength];
            datagram = datagram[header.PacketLength..];
            var space = header.Type switch
            {
                PacketType.Initial => 0,
                PacketType.Handshake => 1,
                PacketType.OneRtt => 2,
                _ => 3,
            };
            if (space == 3)
            {
                continue;
            }
            if (space < 2)
            {
                Destination = header.Source;
                Issued[0] = header.Source;
                PumpTls();
            }
            OpenedPacket opened = default;
            var status = space switch
            {
                2 => _oneRtt?.Open(
                    packet,
                    header.PacketNumberOffset,
                    _largest[2],
                    Now,
                    TimeSpan.FromSeconds(1),
                    out opened
                ),
                _ => _keys[space]?.Open(packet, header.PacketNumberOffset, _largest[space], out opened),
            };
            if (status != OpenStatus.Opened)
            {
                continue;
            }
            _largest[space] = Math.Max(_largest[space], opened.PacketNumber);
            Read(path, space, packet.Slice(opened.PayloadOffset, opened.PayloadLength), opened.PacketNumber);
        }
    }

    private void Read(in NetworkPath path, int space, ReadOnlySpan<byte> payload, long number)
    {
        var type = (PacketType[])[PacketType.Initial, PacketType.Handshake, PacketType.OneRtt];
        var reader = new FrameReader(payload, new FrameRules(type[space], FromClient: false, 65_535, true));
        while (reader.TryRead(out var frame))
        {
            switch (frame.Type)
            {
                case FrameType.Crypto:
                    _ = _crypto[space].Receive(frame.Offset, frame.Data);
                    break;
                case FrameType.PathChallenge:
                    Challenges[path] = frame.Data.ToArray();
                    break;
                case FrameType.NewConnectionId:
                    Issued[frame.Sequence] = frame.ConnectionId;
                    break;
                default:
                    break;
            }
            if (space == 2)
            {
                Heard.Add(frame.Type);
            }
        }
        Assert.Equal(TransportErrorCode.NoError, reader.Error);
        if (space == 2)
        {
            _received.Add(number);
        }
    }

    /// <summary>Acknowledges everything heard so far.</summary>
    public void Acknowledge()
    {
        if (!_received.IsEmpty)
        {
            Send((ref frames) => frames.TryWriteAck(_received.Ranges, 0, null));
        }
    }
}
