using System.Net;
using Google.Protobuf;
using Toss.Net;
using Toss.Relay;
using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Relay.Routing;
using Toss.Relay.Udp;
using Toss.Testing.Relay;
using Toss.Wire;
using Toss.Wire.Stun;

namespace Toss.Testing.Simulation;

/// <summary>The real <see cref="Router"/> on its in-memory stores, at a node of the world. Its stores survive its crashes.</summary>
public sealed class SimRelay
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(1);

    private readonly SimScheduler _scheduler;
    private readonly SimNet _net;
    private readonly int _seed;
    private readonly Dictionary<string, Queue<RelayTrick>> _tricks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _swapped = new(StringComparer.Ordinal);
    private readonly MemoryMailboxStore _mailboxes = new(RelayRules.Default.Quotas);
    private readonly SimRelayBlobs _blobs = new();
    private SimContext _context = null!;
    private Router? _router;
    private int _lives;

    /// <param name="number">0 for the world's first, and so on.</param>
    public SimRelay(SimScheduler scheduler, SimNet net, int seed, int number)
    {
        _scheduler = scheduler;
        _net = net;
        _seed = seed + (number << 16);
        Node = number == 0 ? "relay" : $"relay{number + 1}";
        Url = new Uri($"wss://{Node}.sim/");
        Address = new IPAddress([198, 51, 100, (byte)(number + 1)]);
        net.AddNode(Node, lan: null, Address);
        Start();
    }

    /// <summary>Where STUN is answered, at <see cref="Address"/>.</summary>
    private static readonly IReadOnlyList<int> s_ports = [3478, 3479];

    public string Node { get; }

    public IPAddress Address { get; }

    public Uri Url { get; }

    public bool IsUp => _router is not null;

    /// <summary>Whole blobs that devices ever stored here.</summary>
    public int BlobsEverStored => _blobs.Stored;

    /// <summary>Chunks of blobs that ever came here, whether they were taken or not.</summary>
    public int BlobChunksEverSent => _blobs.Chunks;

    /// <summary>Chunks of blobs that devices ever fetched here.</summary>
    public int BlobChunksEverFetched => _blobs.Fetched;

    /// <summary>What it has of blobs now.</summary>
    public BlobCounts Blobs => _blobs.Counts;

    /// <summary>Room for so many bytes of blobs in a mailbox from now on; what it has of them is gone.</summary>
    public void LimitBlobs(long bytes) => _blobs.Limit(bytes);

    /// <summary>What passed by circuits in this life.</summary>
    public CircuitTraffic Circuits => _router?.Circuits ?? default;

    /// <summary>Whether it passes any, from its next start on.</summary>
    public bool HasCircuits { get; set; } = true;

    /// <summary>Has none of them any more.</summary>
    public void LoseBlobs() => _blobs.Lose();

    /// <summary>Every envelope that any device ever handed over: no key and nonce twice.</summary>
    public EnvelopeWatch Envelopes { get; } = new();

    /// <summary>What is done with the next envelopes handed to this node.</summary>
    public void Trick(string node, RelayTrick trick, int envelopes)
    {
        if (!_tricks.TryGetValue(node, out var queue))
        {
            _tricks.Add(node, queue = new Queue<RelayTrick>());
        }
        for (var i = 0; i < envelopes; i++)
        {
            queue.Enqueue(trick);
        }
    }

    /// <summary>An honest relay from now on.</summary>
    public void StopTricks() => _tricks.Clear();

    public void Start()
    {
        _context = new SimContext(_scheduler, $"{Node}#{++_lives}");
        var clock = new SimClock(_scheduler, _context);
        var rules = RelayRules.Default with { UdpPorts = s_ports, Circuits = HasCircuits };
        var router = new Router(_mailboxes, _blobs, clock, new SeededRandomness(_seed + _lives), rules);
        _router = router;
        foreach (var number in s_ports)
        {
            var socket = _net.Bind(Node, _context, new IPEndPoint(Address, number));
            var port = new CircuitPort(router, clock, new SeededRandomness(_seed + _lives));
            var way = new Way(socket);
            socket.Hears = arrived =>
            {
                if (StunMessage.IsStun(arrived.Payload.Span))
                {
                    AnswerStun(socket, arrived);
                }
                else
                {
                    port.Handle(arrived.Payload.Span, arrived.From, way, static _ => true);
                }
            };
        }
        _ = clock.CreateTimer(_ => RelayWorld.Now(router.SweepAsync()), null, SweepPeriod, SweepPeriod);
    }

    public void Kill()
    {
        _router = null;
        _context.Kill();
        _net.Break(Node);
    }

    private static void AnswerStun(SimUdpSocket socket, SimDatagram asked)
    {
        if (StunMessage.IsRequest(asked.Payload.Span, out var fromOther) && !fromOther)
        {
            var answer = new byte[StunMessage.MaxSize];
            var length = StunMessage.WriteSuccess(answer, asked.Payload.Span, asked.From);
            socket.SendTo(answer.AsSpan(0, length), asked.From);
        }
    }

    /// <summary>Takes the server's end of a stream. False if nobody listens.</summary>
    internal bool Accept(SimStream stream, string from)
    {
        if (_router is not { } router || router.Connect(from, () => { }) is not { } connection)
        {
            return false;
        }
        // A wake-up is looked at from the queue, so that a call of the router never runs inside another.
        connection = Reconnect(router, connection, stream, from);
        stream.ServerHears = frame => Hear(router, connection, stream, frame);
        Flush(router, connection, stream);
        return true;
    }

    private Connection Reconnect(Router router, Connection unwoken, SimStream stream, string from)
    {
        router.Disconnect(unwoken);
        Connection connection = null!;
        var context = _context;
        connection = router.Connect(from, () => context.Post(_ => Flush(router, connection, stream), null))!;
        return connection;
    }

    private void Hear(Router router, Connection connection, SimStream stream, ReadOnlyMemory<byte>? frame)
    {
        if (frame is not { } arrived)
        {
            router.Disconnect(connection);
            return;
        }
        Envelopes.See(arrived.Span);
        RelayWorld.Now(router.HandleAsync(connection, arrived));
        Flush(router, connection, stream);
    }

    private void Flush(Router router, Connection connection, SimStream stream)
    {
        bool sent;
        do
        {
            sent = false;
            RelayWorld.Now(router.FillAsync(connection));
            while (connection.TryTake(out var frame))
            {
                Hand(stream, frame);
                sent = true;
            }
        } while (sent);
        if (connection.IsClosing)
        {
            router.Disconnect(connection);
            stream.Finish(Node);
        }
    }

    /// <summary>To the client, or what a trick makes of it.</summary>
    private void Hand(SimStream stream, ReadOnlyMemory<byte> frame)
    {
        var node = stream.Client;
        if (!_tricks.TryGetValue(node, out var tricks) || tricks.Count == 0 || !IsEnvelope(frame))
        {
            stream.SendToClient(frame);
            Release(stream, node);
            return;
        }
        switch (tricks.Dequeue())
        {
            case RelayTrick.Drop:
                break;
            case RelayTrick.Repeat:
                stream.SendToClient(frame);
                stream.SendToClient(frame);
                break;
            case RelayTrick.Swap when !_swapped.ContainsKey(node):
                _swapped[node] = frame.ToArray();
                return;
            case RelayTrick.Flip:
                var parsed = RelayFrame.Parser.ParseFrom(frame.Span);
                var bytes = parsed.Incoming.Envelope.ToByteArray();
                bytes[bytes.Length / 2] ^= 1;
                parsed.Incoming.Envelope = ByteString.CopyFrom(bytes);
                stream.SendToClient(parsed.ToByteArray());
                break;
            default:
                stream.SendToClient(frame);
                break;
        }
        Release(stream, node);
    }

    private void Release(SimStream stream, string node)
    {
        if (_swapped.Remove(node, out var late))
        {
            stream.SendToClient(late);
        }
    }

    private sealed class Way(SimUdpSocket socket) : ICircuitSocket
    {
        public void Send(ReadOnlySpan<byte> packets, int size, IPEndPoint to)
        {
            for (var step = size == 0 ? packets.Length : size; !packets.IsEmpty; )
            {
                var packet = packets[..Math.Min(step, packets.Length)];
                socket.SendTo(packet, to);
                packets = packets[packet.Length..];
            }
        }
    }

    private static bool IsEnvelope(ReadOnlyMemory<byte> frame) =>
        RelayFrame.Parser.ParseFrom(frame.Span).FrameCase == RelayFrame.FrameOneofCase.Incoming;
}

/// <summary>Dials the world's relays from one node.</summary>
internal sealed class SimDialer(SimNet net, IReadOnlyList<SimRelay> relays, string node, TimeProvider time)
    : IRelayDialer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<DialResult> DialAsync(Uri url, CancellationToken cancellation)
    {
        var relay = relays.FirstOrDefault(relay => relay.Url == url);
        await Task.Delay(net.LinkBetween(node, relay?.Node ?? "").Delay, time, cancellation);
        if (relay is null || !net.Carries(node, relay.Node))
        {
            await Task.Delay(Patience, time, cancellation);
            return new DialResult(null, DialOutcome.Unreachable);
        }
        var stream = net.Open(node, relay.Node);
        var socket = new SimWebSocket(stream, node);
        if (!relay.Accept(stream, node))
        {
            socket.Abort();
            return new DialResult(null, DialOutcome.Unreachable);
        }
        return new DialResult(socket, DialOutcome.Connected);
    }
}
