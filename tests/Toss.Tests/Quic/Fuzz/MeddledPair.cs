using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Toss.Quic.Wire;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;

namespace Toss.Tests.Quic.Fuzz;

/// <summary>
/// A client and a server in memory with streams and datagrams each way, and a script that meddles with what they send, both
/// ways in one order. Throws when an end throws, never comes to an end, or holds more than its limits; whether all bytes
/// arrived as they were sent is only its result, since who holds the keys may change them.
/// </summary>
internal sealed class MeddledPair : IDisposable
{
    /// <summary>More than both windows and send buffers of both ways, by far less than what a bug would take.</summary>
    private const long MostBytesHeld = 2 << 20;

    /// <summary>Of the longest honest run a few hundred are sent.</summary>
    private const int MostDatagrams = 20_000;

    /// <summary>Five idle time-outs.</summary>
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan oneWay = TimeSpan.FromMilliseconds(10);
    private static readonly NetworkPath toServer = new(0, 0x0a000001, 443);
    private static readonly NetworkPath toClient = new(0, 0x0a000002, 5000);
    private static readonly NetworkPath elsewhere = new(0, 0x0a000003, 6000);

    private readonly Side _client;
    private readonly Side _server;
    private readonly byte[] _input;
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly Queue<Order> _orders = new();
    private readonly PriorityQueue<(Side To, byte[] Bytes, NetworkPath From), (long At, int Order)> _wire = new();
    private Instant _now = new(TimeSpan.TicksPerDay);
    private int _sent;
    private int _skip;
    private bool _knowsInitialKeys;

    private MeddledPair(byte[] input)
    {
        _input = input;
        var script = new FuzzScript(input);
        var setup = script.Setup;
        while (script.TryNext(out var skip, out var what, out var at, out var bytes))
        {
            _orders.Enqueue(new Order(skip, what, at, bytes.ToArray()));
        }
        _skip = _orders.TryPeek(out var first) ? first.Skip : 0;
        var suite = (setup & 4) == 0 ? CipherSuite.Aes128GcmSha256 : CipherSuite.ChaCha20Poly1305Sha256;
        _client = new Side(false, suite, Options(false, suite, setup), setup);
        _server = new Side(true, suite, Options(true, suite, setup), setup);
    }

    private readonly record struct Order(int Skip, Meddling What, int At, byte[] Bytes);

    /// <returns>Whether everything arrived, both ways.</returns>
    public static bool Run(byte[] input)
    {
        using var pair = new MeddledPair(input);
        return pair.Run();
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private ConnectionOptions Options(bool isServer, CipherSuite suite, byte setup)
    {
        var options = QuicPair.Options(isClient: !isServer);
        return options with
        {
            Tls = TlsPair.Options(!isServer, (setup & 2) == 0 ? CredentialForm.RawPublicKey : CredentialForm.X509) with
            {
                Suites = [suite],
                KeyLog = line => (isServer ? _server : _client).Meddler.OnKeyLog(line),
            },
            IdleTimeout = TimeSpan.FromSeconds(12),
            Congestion = (setup & 8) == 0 ? CongestionControl.Bbr : CongestionControl.NewReno,
            AddressDiscovery = (setup & 16) == 0 ? AddressDiscovery.None : AddressDiscovery.Both,
        };
    }

    private bool Run()
    {
        var end = _now + longest;
        _client.Dial(toServer, _now);
        _client.Traffic.Send(20_000);
        _client.Traffic.Send(3_000, unidirectional: true);
        _server.Traffic.Send(5_000);
        var (greeted, done) = (false, false);
        while (_now < end && !(_client.IsOver && _server.IsOver))
        {
            Drain(_client, _server, toClient);
            Drain(_server, _client, toServer);
            if (!greeted && _client.IsConfirmed && _server.IsConfirmed)
            {
                greeted = true;
                _client.Greet();
                _server.Greet();
                continue;
            }
            // The script may have more to say to who has nothing more to say: both end after it.
            if (!done && greeted && _client.IsDone && _server.IsDone)
            {
                done = true;
                _client.Close(_now);
                continue;
            }
            Step();
        }
        if (_now >= end)
        {
            throw new InvalidOperationException($"Not over after {longest.TotalSeconds} s: {_client}; {_server}");
        }
        return done;
    }

    /// <summary>To whatever is next: an arrival or a time-out.</summary>
    private void Step()
    {
        var next = Instant.Min(_client.NextTimeout, _server.NextTimeout);
        if (_wire.TryPeek(out _, out var due))
        {
            next = Instant.Min(next, new Instant(due.At));
        }
        if (next == Instant.Never)
        {
            throw new InvalidOperationException($"Nobody waits for anything: {_client}; {_server}");
        }
        _now = Instant.Max(_now, next);
        while (_wire.TryPeek(out var arrival, out due) && due.At <= _now.Ticks)
        {
            _ = _wire.Dequeue();
            arrival.To.Receive(arrival.From, arrival.Bytes, _now);
        }
        _client.OnTimeout(_now);
        _server.OnTimeout(_now);
    }

    private void Drain(Side from, Side to, NetworkPath source)
    {
        from.Drive();
        while (from.TryTransmit(_buffer, _now, out var sent))
        {
            for (var at = 0; at < sent.Length; at += sent.SegmentSize)
            {
                Carry(from, to, source, _buffer.AsSpan(at, Math.Min(sent.SegmentSize, sent.Length - at)).ToArray());
            }
            from.Drive();
        }
        from.Check();
    }

    private void Carry(Side from, Side to, NetworkPath source, byte[] datagram)
    {
        if (++_sent > MostDatagrams)
        {
            throw new InvalidOperationException($"{_sent} datagrams: {_client}; {_server}");
        }
        LearnInitialKeys(from, datagram);
        var delay = oneWay;
        for (; _orders.TryPeek(out var order); _skip = _orders.TryPeek(out var following) ? following.Skip : 0)
        {
            if (_skip-- > 0)
            {
                break;
            }
            _ = _orders.Dequeue();
            switch (order.What)
            {
                case Meddling.FlipRaw:
                    for (var i = 0; i < order.Bytes.Length && datagram.Length > 0; i++)
                    {
                        datagram[(order.At + i) % datagram.Length] ^= order.Bytes[i];
                    }
                    break;
                case Meddling.CutRaw:
                    datagram = datagram[..Math.Min(order.At * 4, datagram.Length)];
                    break;
                case Meddling.Drop:
                    datagram = [];
                    break;
                case Meddling.Twice:
                    Post(to, [.. datagram], source, delay);
                    break;
                case Meddling.Late:
                    delay += oneWay * (1 + (order.At % 32));
                    break;
                case Meddling.Elsewhere:
                    source = elsewhere with { Port = (ushort)(elsewhere.Port + order.At) };
                    break;
                case Meddling.AppendRaw:
                    datagram = [.. datagram, .. order.Bytes];
                    break;
                case Meddling.ReplaceRaw:
                    datagram = order.Bytes;
                    break;
                default:
                    datagram = from.Meddler.Change(datagram, order.What, order.At, order.Bytes);
                    break;
            }
        }
        Post(to, datagram, source, delay);
    }

    /// <summary>They follow from where the client's first Initial goes, and after a Retry from where the next one goes.</summary>
    private void LearnInitialKeys(Side from, byte[] datagram)
    {
        if (!PacketHeader.TryRead(datagram, 8, greased: false, out var header))
        {
            return;
        }
        if (from == _server)
        {
            _knowsInitialKeys &= header.Type != PacketType.Retry;
        }
        else if (header.Type == PacketType.Initial && !_knowsInitialKeys)
        {
            _knowsInitialKeys = true;
            _client.Meddler.OnInitial(header.Destination);
            _server.Meddler.OnInitial(header.Destination);
        }
    }

    private void Post(Side to, byte[] datagram, NetworkPath source, TimeSpan delay)
    {
        if (datagram.Length > 0)
        {
            _wire.Enqueue((to, datagram, source), ((_now + delay).Ticks, _sent));
        }
    }

    /// <summary>One end, and its application.</summary>
    private sealed class Side : IDisposable
    {
        private readonly Endpoint _endpoint;
        private readonly ConnectionOptions _options;
        private readonly bool _isServer;
        private Connection? _connection;

        public Side(bool isServer, CipherSuite suite, ConnectionOptions options, byte setup)
        {
            (_isServer, _options) = (isServer, options);
            Meddler = new Meddler(isServer, suite);
            _endpoint = new Endpoint(
                new EndpointOptions
                {
                    Key = new byte[32],
                    Server = isServer ? options : null,
                    Filter = (in incoming) => Decide(setup, incoming),
                },
                new SimQuicRandom(isServer ? 2UL : 1UL)
            );
            Traffic = new FuzzTraffic(isServer);
        }

        public Meddler Meddler { get; }

        public FuzzTraffic Traffic { get; }

        public bool IsConfirmed => _connection is { IsConfirmed: true };

        /// <summary>Nothing more will come of it. A server that no packet reached never began.</summary>
        public bool IsOver => _connection is null ? _isServer : _connection.State == ConnectionState.Closed;

        public bool IsDone => _connection is { State: ConnectionState.Established } && Traffic.IsDone;

        public Instant NextTimeout => _endpoint.NextTimeout();

        public void Dial(NetworkPath path, Instant now) => _connection = _endpoint.Dial(_options, path, now);

        private static AcceptDecision Decide(byte setup, in IncomingInitial incoming) =>
            (setup & 0x61) switch
            {
                0 => AcceptDecision.Accept,
                0x20 => AcceptDecision.Refuse,
                0x40 => AcceptDecision.Ignore,
                _ => incoming.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry,
            };

        /// <summary>What a connection does besides streams.</summary>
        public void Greet()
        {
            _ = _connection!.TrySendDatagram("greeting"u8);
            _connection.UpdateKeys();
            _endpoint.Touch(_connection);
        }

        public void Close(Instant now)
        {
            _connection!.Close(7, "done", now);
            _endpoint.Touch(_connection);
        }

        public void Receive(in NetworkPath from, byte[] datagram, Instant now) =>
            _endpoint.Receive(from, datagram, EcnMark.NotEct, now);

        public void OnTimeout(Instant now) => _endpoint.OnTimeout(now);

        public bool TryTransmit(byte[] buffer, Instant now, out Transmission sent) =>
            _endpoint.TryTransmit(buffer, now, out sent);

        public void Drive()
        {
            while (_endpoint.TryAccept(out var accepted))
            {
                _connection ??= accepted;
            }
            while (_endpoint.TryNextChanged(out var changed))
            {
                if (changed == _connection)
                {
                    Traffic.Drive(changed);
                }
            }
        }

        public void Check()
        {
            if (_connection is { BytesHeld: > MostBytesHeld } || _endpoint.IdCount > 1000 || _endpoint.Count > 64)
            {
                throw new InvalidOperationException($"Too much is held: {this}");
            }
        }

        public override string ToString() =>
            $"{(_isServer ? "server" : "client")} {_connection?.State}, {_connection?.Closed}, "
            + $"{_connection?.BytesHeld} bytes, {_endpoint.IdCount} IDs, {_connection?.PathCount} paths, "
            + $"{Traffic}, {_endpoint.NextTimeout()}";

        public void Dispose()
        {
            Meddler.Dispose();
            _endpoint.Dispose();
        }
    }
}
