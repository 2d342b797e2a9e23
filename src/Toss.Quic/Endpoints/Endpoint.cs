using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Toss.Quic.Connections;
using Toss.Quic.Protection;
using Toss.Quic.Streams;
using Toss.Quic.Wire;

namespace Toss.Quic.Endpoints;

/// <summary>
/// All connections that share sockets (RFC 9000 §5.2): it finds whose a datagram is, lets peers in, and says when there is
/// something to do. Bytes and times go in by <see cref="Receive"/> and <see cref="OnTimeout"/>; after each, and after
/// anything done to a connection (<see cref="Touch"/>), it is drained: connections with news from
/// <see cref="TryNextChanged"/>, datagrams from <see cref="TryTransmit"/>. Not thread-safe: one loop owns it.
/// </summary>
internal sealed partial class Endpoint : IConnectionIds, IDisposable
{
    private readonly EndpointOptions _options;
    private readonly IQuicRandom _random;
    private readonly AddressTokenSealer _tokens;
    private readonly byte[] _resetKey;
    private readonly Dictionary<ConnectionId, Connection> _byId = [];
    private readonly Dictionary<ResetToken, Connection> _byReset = [];
    private readonly HashSet<Connection> _connections = [];
    private readonly Schedule _schedule = new();
    private readonly BlockStore _blocks = new();

    public Endpoint(EndpointOptions options, IQuicRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.Key.Length, 32, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ConnectionIdLength, 4, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ConnectionIdLength, ConnectionId.MaximumLength);
        options.Server?.Check();
        (_options, _random) = (options, random);
        var key = options.Key.Span;
        Span<byte> tokenKey = stackalloc byte[32];
        _resetKey = new byte[32];
        HKDF.Expand(HashAlgorithmName.SHA256, key, tokenKey, "address tokens"u8);
        HKDF.Expand(HashAlgorithmName.SHA256, key, _resetKey, "stateless resets"u8);
        _tokens = new AddressTokenSealer(tokenKey);
        CryptographicOperations.ZeroMemory(tokenKey);
    }

    public EndpointCounters Counters { get; } = new();

    /// <summary>Whether peers may begin connections, if the options let them.</summary>
    public bool TakesPeers { get; set; } = true;

    /// <summary>Connections that are not forgotten yet.</summary>
    public int Count => _connections.Count;

    /// <summary>Connection IDs and reset tokens that lead to connections.</summary>
    public int IdCount => _byId.Count + _byReset.Count;

    int IConnectionIds.Length => _options.ConnectionIdLength;

    /// <summary>Begins a connection.</summary>
    /// <param name="destination">The first destination connection ID, at least 8 bytes; null for a random one.</param>
    /// <param name="token">From a NEW_TOKEN frame of this server, or empty.</param>
    public Connection Dial(
        ConnectionOptions options,
        in NetworkPath path,
        Instant now,
        ConnectionId? destination = null,
        ReadOnlySpan<byte> token = default
    )
    {
        Span<byte> random = stackalloc byte[8];
        _random.Fill(random);
        var first = destination ?? new ConnectionId(random);
        var connection = Connection.Dial(options, path, first, token, this, _random, _blocks, now);
        Counters.Dialled++;
        _connections.Add(connection);
        _schedule.Touch(connection);
        return connection;
    }

    /// <summary>Something was done to this connection: it is to be drained.</summary>
    public void Touch(Connection connection) => _schedule.Touch(connection);

    /// <summary>The next connection that may have events.</summary>
    public bool TryNextChanged([NotNullWhen(true)] out Connection? connection) =>
        _schedule.TryNextChanged(out connection);

    /// <summary>Whether <see cref="TryNextChanged"/> would give one.</summary>
    public bool HasNews => _schedule.HasNews;

    /// <summary>One UDP payload. It is opened in place.</summary>
    public ReceiveOutcome Receive(in NetworkPath from, Span<byte> datagram, EcnMark ecn, Instant now)
    {
        // RFC 9443 §3, RFC 9000 §17.2.1: neither long nor with the fixed bit is not ours.
        if (datagram.IsEmpty || (datagram[0] & 0xc0) == 0)
        {
            return ReceiveOutcome.NotQuic;
        }
        if (!PacketHeader.TryRead(datagram, _options.ConnectionIdLength, greased: false, out var header))
        {
            Counters.Dropped++;
            return ReceiveOutcome.Dropped;
        }
        if (header.Type != PacketType.UnknownVersion && _byId.TryGetValue(header.Destination, out var connection))
        {
            connection.Receive(from, datagram, ecn, now);
            AfterHandshake(connection, now);
            _schedule.Touch(connection);
            return ReceiveOutcome.Taken;
        }
        return OnStranger(header, from, datagram, ecn, now);
    }

    /// <summary>The next bytes to send; false when there are none now.</summary>
    /// <param name="buffer">At least 1,500 bytes; 64 KiB for whole batches.</param>
    public bool TryTransmit(Span<byte> buffer, Instant now, out Transmission sent)
    {
        if (TryAnswer(buffer, out sent))
        {
            return true;
        }
        while (_schedule.TryPeekSending(out var connection))
        {
            if (connection.TryTransmit(buffer, now, out sent))
            {
                _schedule.Rotate();
                return true;
            }
            if (connection.State == ConnectionState.Closed)
            {
                Forget(connection);
            }
            _schedule.Rest();
        }
        sent = default;
        return false;
    }

    public Instant NextTimeout() => _schedule.NextTimeout();

    public void OnTimeout(Instant now)
    {
        while (_schedule.TryNextDue(now, out var connection))
        {
            connection.OnTimeout(now);
            _schedule.Touch(connection);
        }
    }

    /// <summary>The carrier could not send a datagram of this size there: it is tried with smaller ones.</summary>
    public void OnTooLarge(in NetworkPath path, int size, Instant now)
    {
        foreach (var connection in _connections)
        {
            connection.OnTooLarge(path, size, now);
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.EndLog();
        }
        _tokens.Dispose();
        CryptographicOperations.ZeroMemory(_resetKey);
    }

    private void AfterHandshake(Connection connection, Instant now)
    {
        if (!connection.IsConfirmed || connection.Scheduling.IsKnownConfirmed)
        {
            return;
        }
        connection.Scheduling.IsKnownConfirmed = true;
        if (connection.IsServer && _options.SendsTokens)
        {
            OfferToken(connection, now);
        }
    }

    private void Forget(Connection connection)
    {
        if (_connections.Remove(connection))
        {
            ForgetAliases(connection);
        }
    }

    ConnectionId IConnectionIds.Issue(Connection connection)
    {
        Span<byte> random = stackalloc byte[ConnectionId.MaximumLength];
        random = random[.._options.ConnectionIdLength];
        ConnectionId id;
        do
        {
            _random.Fill(random);
            id = new ConnectionId(random);
        } while (!_byId.TryAdd(id, connection));
        return id;
    }

    void IConnectionIds.Retire(in ConnectionId id) => _byId.Remove(id);

    void IConnectionIds.MakeResetToken(in ConnectionId id, Span<byte> token)
    {
        Span<byte> mac = stackalloc byte[32];
        HMACSHA256.HashData(_resetKey, id.Span, mac);
        mac[..ResetToken.Size].CopyTo(token);
    }

    void IConnectionIds.ExpectReset(ResetToken token, Connection connection) => _byReset[token] = connection;

    void IConnectionIds.ForgetReset(ResetToken token) => _byReset.Remove(token);
}
