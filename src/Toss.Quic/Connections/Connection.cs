using System.Diagnostics.CodeAnalysis;
using Toss.Quic.Congestion;
using Toss.Quic.Diagnostics;
using Toss.Quic.Protection;
using Toss.Quic.Recovery;
using Toss.Quic.Streams;
using Toss.Quic.Tls;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

/// <summary>
/// One QUIC connection without a socket (RFC 9000): datagrams and times go in by <see cref="Receive"/> and
/// <see cref="OnTimeout"/>, datagrams come out of <see cref="TryTransmit"/>, events out of <see cref="TryNextEvent"/>.
/// After each change it is drained: events, then datagrams until there are none, then <see cref="NextTimeout"/> says when
/// it wants to be called again. Nothing a peer sends makes it throw. Not thread-safe.
/// This part is what its owner sees; the others are named after what they do.
/// </summary>
internal sealed partial class Connection : IRecoverySink
{
    /// <summary>Events that a peer can cause at will are dropped beyond this.</summary>
    private const int MaxEvents = 64;

    private readonly bool _isServer;
    private readonly ConnectionOptions _options;
    private readonly IConnectionIds _ids;
    private readonly IQuicRandom _random;
    private readonly BlockPool _pool;
    private readonly NumberSpace[] _spaces;
    private readonly LossDetection _recovery;
    private readonly LocalIds _localIds;
    private readonly PeerIds _peerIds;
    private readonly IQuicTls _tls;
    private readonly Queue<ConnectionEvent> _events = new();

    // Most have none.
    private readonly Qlog? _qlog;
    private OneRttProtector? _oneRtt;

    // Of the call that is being answered: recovery's callbacks do not say it.
    private Instant _now;

    private Connection(
        bool isServer,
        ConnectionOptions options,
        in NetworkPath path,
        in ConnectionId peer,
        HandshakeIds handshake,
        IConnectionIds ids,
        IQuicRandom random,
        BlockStore blocks,
        Instant now
    )
    {
        options.Check();
        (_isServer, _options, _ids, _random, _handshake) = (isServer, options, ids, random, handshake);
        _qlog = Qlog.Open(options.Qlog, handshake.Original, isServer);
        _now = now;
        _pool = new BlockPool(blocks);
        _spaces =
        [
            new NumberSpace(PacketSpace.Initial, options.MaxAckDelay, _pool),
            new NumberSpace(PacketSpace.Handshake, options.MaxAckDelay, _pool),
            new NumberSpace(PacketSpace.Application, options.MaxAckDelay, _pool),
        ];
        _localIds = new LocalIds(ids, this);
        _peerIds = new PeerIds(ids, this);
        Streams = new StreamSet(isServer, options.Limits, options.SendCapacity, _pool);
        var recovery = NewRecovery(now);
        _recovery = new LossDetection(!isServer, this, recovery);
        _active = new ConnectionPath(path, 0, recovery, _peerIds.SetFirst(peer), options.LargestDatagram);
        _paths.Add(_active);
        _qlog?.Started(path, _localIds.First, peer, now);
        var tls = options.Tls with { TransportParameters = OurParameters(), Random = random };
        _tls = isServer ? TlsEngine.Server(tls) : TlsEngine.Client(tls);
        _lastReceived = _lastSent = now;
    }

    public ConnectionState State { get; private set; }

    public bool IsServer => _isServer;

    /// <summary>All streams, for reading and writing once it is established. After a change the connection is to be drained.</summary>
    public StreamSet Streams { get; }

    /// <summary>Why it ended; null before.</summary>
    public CloseReason? Closed { get; private set; }

    /// <summary>Both sides completed the handshake, and both know (RFC 9001 §4.1.2).</summary>
    public bool IsConfirmed => _isConfirmed;

    /// <summary>The peer began a handshake and may not be at its address.</summary>
    public bool IsUnvalidated => State == ConnectionState.Handshaking && !_active.IsValidated;

    /// <summary>The endpoint's.</summary>
    public ConnectionScheduling Scheduling { get; } = new();

    public ConnectionCounters Counters { get; } = new();

    /// <summary>Whose it is; nothing here looks at it.</summary>
    public object? Owner { get; set; }

    /// <summary>The path that is used now.</summary>
    public NetworkPath Path => _active.Address;

    /// <summary>The round trip of that path, smoothed.</summary>
    public TimeSpan RoundTrip => _active.Recovery.Rtt.Smoothed;

    /// <summary>UDP payload that it is known to carry.</summary>
    public int DatagramSize => _active.Mtu.Current;

    /// <summary>How many key updates came before the keys that are written with now.</summary>
    public long KeyGeneration => _oneRtt?.WriteGeneration ?? 0;

    /// <summary>Paths known now, the one in use among them.</summary>
    public int PathCount => _paths.Count;

    internal LossDetection Recovery => _recovery;

    /// <summary>Memory held for streams and handshake.</summary>
    public long BytesHeld => (long)_pool.InUse * BlockPool.BlockLength;

    /// <summary>A client; its first datagram waits to be sent.</summary>
    /// <param name="destination">
    /// The first destination connection ID, at least 8 bytes that an outsider cannot guess (RFC 9000 §7.2).
    /// </param>
    /// <param name="token">From a NEW_TOKEN frame of this server, or empty.</param>
    public static Connection Dial(
        ConnectionOptions options,
        in NetworkPath path,
        in ConnectionId destination,
        ReadOnlySpan<byte> token,
        IConnectionIds ids,
        IQuicRandom random,
        BlockStore blocks,
        Instant now
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, 8, nameof(destination));
        var handshake = new HandshakeIds(destination, null);
        var connection = new Connection(false, options, path, destination, handshake, ids, random, blocks, now);
        connection._active.IsValidated = true;
        connection._token = token.ToArray();
        connection._spaces[0].Protector = PacketProtector.Initial(destination, isServer: false);
        connection.PumpTls(now);
        return connection;
    }

    /// <summary>A server, for an Initial that is then given to <see cref="Receive"/>.</summary>
    /// <param name="destination">That of the Initial: its keys follow from it.</param>
    /// <param name="source">That of the Initial: the peer's first connection ID.</param>
    /// <param name="retried">With a token of our Retry: the destination of the first Initial. Then the path is known to be the peer's.</param>
    /// <param name="isValidated">The peer's token says that it was at this address before.</param>
    public static Connection Accept(
        ConnectionOptions options,
        in NetworkPath path,
        in ConnectionId destination,
        in ConnectionId source,
        ConnectionId? retried,
        bool isValidated,
        IConnectionIds ids,
        IQuicRandom random,
        BlockStore blocks,
        Instant now
    )
    {
        var handshake = new HandshakeIds(retried ?? destination, retried is null ? null : destination);
        var connection = new Connection(true, options, path, source, handshake, ids, random, blocks, now);
        connection._active.IsValidated = isValidated || retried is not null;
        connection._knowsPeerId = true;
        connection._spaces[0].Protector = PacketProtector.Initial(destination, isServer: true);
        connection.UpdateAmplification(now);
        return connection;
    }

    /// <summary>Whether there is news: events of its own or of streams, DATAGRAM frames.</summary>
    public bool HasNews => _events.Count > 0 || Streams.HasEvents || !DatagramsReceived.IsEmpty;

    public bool TryNextEvent([NotNullWhen(true)] out ConnectionEvent? next) => _events.TryDequeue(out next);

    /// <summary>Ends it with a code of the application (RFC 9000 §10.2). What was not acknowledged is not sent again.</summary>
    public void Close(long code, string text, Instant now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, VarInt.Maximum);
        _now = now;
        CloseWith(new CloseReason(CloseCause.Local, IsApplication: true, code, 0, text), now);
    }

    /// <summary>New keys for what is sent from now on, as soon as the rules allow (RFC 9001 §6).</summary>
    public void UpdateKeys() => _wantsKeyUpdate = true;

    /// <summary>When <see cref="OnTimeout"/> is to be called.</summary>
    public Instant NextTimeout()
    {
        if (State == ConnectionState.Closed)
        {
            return Instant.Never;
        }
        if (State is ConnectionState.Closing or ConnectionState.Draining)
        {
            return _goneAt;
        }
        var next = Instant.Min(_recovery.Deadline, Instant.Min(IdleAt, _pacedUntil));
        next = Instant.Min(next, KeepAliveAt);
        if (_active.Budget >= SmallestDatagram)
        {
            foreach (var space in _spaces)
            {
                next = Instant.Min(next, space.Acks.Deadline);
            }
        }
        foreach (var path in _paths)
        {
            next = Instant.Min(next, Instant.Min(path.ChallengeAgainAt, path.ValidateUntil));
        }
        return Instant.Min(next, _oneRtt?.OldKeysUntil ?? Instant.Never);
    }

    /// <summary>Does what is due; nothing if it is called too early.</summary>
    public void OnTimeout(Instant now)
    {
        _now = now;
        if (State is ConnectionState.Closing or ConnectionState.Draining)
        {
            if (now >= _goneAt)
            {
                BeGone();
            }
            return;
        }
        if (State == ConnectionState.Closed)
        {
            return;
        }
        if (now >= IdleAt)
        {
            // Silently (§10.1).
            Closed ??= new CloseReason(CloseCause.Idle, IsApplication: false, 0);
            BeGone();
            return;
        }
        if (now >= _pacedUntil)
        {
            _pacedUntil = Instant.Never;
        }
        _keepAliveDue |= now >= KeepAliveAt;
        if (now >= _recovery.Deadline)
        {
            var probe = _recovery.OnTimeout(now);
            _spaces[(int)probe.Space].Probes += probe.Count;
            if (probe.Count > 0)
            {
                _active.Recovery.Ecn.OnProbeTimeout();
            }
            CheckMtu(now);
            _qlog?.Metrics(_active.Recovery, _recovery.ProbeCount, now);
        }
        _oneRtt?.Expire(now);
        TimePaths(now);
    }

    private NumberSpace Space(PacketSpace space) => _spaces[(int)space];

    private RecoveryPath NewRecovery(Instant now)
    {
        Span<byte> seed = stackalloc byte[8];
        _random.Fill(seed);
        ICongestionController controller =
            _options.Congestion == CongestionControl.NewReno
                ? new NewReno(LossDetection.SmallestPath)
                : new Bbr(LossDetection.SmallestPath, BitConverter.ToUInt64(seed));
        var batch = Math.Min(_options.BatchSegments * _options.LargestDatagram, 1 << 16);
        return new RecoveryPath(controller, LossDetection.SmallestPath, batch, now);
    }

    private void Raise(ConnectionEvent next)
    {
        if (_events.Count < MaxEvents || next is ConnectionEvent.Closed)
        {
            _events.Enqueue(next);
        }
    }
}
