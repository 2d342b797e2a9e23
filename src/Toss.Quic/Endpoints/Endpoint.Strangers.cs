using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Toss.Quic.Connections;
using Toss.Quic.Protection;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Quic.Endpoints;

// Datagrams that belong to no connection: who gets in, and what the others are told (RFC 9000 §5.2.2, §6, §8.1, §10.3).
internal sealed partial class Endpoint
{
    /// <summary>The first destination of a client has at least so many bytes (§7.2).</summary>
    private const int SmallestFirstId = 8;

    /// <summary>Answers to strangers that wait to be sent; beyond, they get none.</summary>
    private const int MaxAnswers = 64;

    /// <summary>Used tokens that are remembered; when there are more, tokens prove nothing for a while.</summary>
    private const int MaxUsedTokens = 4096;

    /// <summary>§10.3: a short header with a packet number, a payload and a tag has at least so many bytes.</summary>
    private const int SmallestReset = 21;

    private const int LargestReset = 43;

    private readonly Queue<(NetworkPath Path, byte[] Bytes)> _answers = new();
    private readonly Queue<Connection> _accepted = new();
    private readonly Dictionary<Connection, ConnectionId> _aliases = [];
    private readonly HashSet<UInt128> _usedTokens = [];
    private Instant _usedTokensUntil;

    /// <summary>The next connection that a peer began.</summary>
    public bool TryAccept([NotNullWhen(true)] out Connection? connection) => _accepted.TryDequeue(out connection);

    private ReceiveOutcome OnStranger(
        scoped in PacketHeader header,
        in NetworkPath from,
        Span<byte> datagram,
        EcnMark ecn,
        Instant now
    )
    {
        switch (header.Type)
        {
            case PacketType.Initial when TakesPeers && _options.Server is not null:
                return OnInitial(_options.Server, header, from, datagram, ecn, now);
            case PacketType.UnknownVersion when TakesPeers && _options.Server is not null:
                return OnUnknownVersion(header, from, datagram.Length);
            case PacketType.OneRtt:
                return OnLost(from, datagram, now);
            default:
                Counters.Dropped++;
                return ReceiveOutcome.Dropped;
        }
    }

    private ReceiveOutcome OnInitial(
        ConnectionOptions server,
        scoped in PacketHeader header,
        in NetworkPath from,
        Span<byte> datagram,
        EcnMark ecn,
        Instant now
    )
    {
        // §14.1: smaller ones are not worth an answer three times as large.
        if (datagram.Length < LossDetection.SmallestPath || header.Destination.Length < SmallestFirstId)
        {
            return Drop();
        }
        var initial = new IncomingInitial(from, header.Destination, header.Source, !header.Token.IsEmpty);
        var decision = _options.Filter?.Invoke(initial) ?? AcceptDecision.Accept;
        if (decision == AcceptDecision.Ignore)
        {
            Counters.Ignored++;
            return ReceiveOutcome.Dropped;
        }
        if (decision == AcceptDecision.Refuse || _connections.Count >= _options.MaxConnections)
        {
            Counters.Refused++;
            return Refuse(TransportErrorCode.ConnectionRefused, header, from);
        }
        var proof = CheckToken(header, from, now, out var original);
        if (proof == AddressProof.Late)
        {
            return Refuse(TransportErrorCode.InvalidToken, header, from);
        }
        if (
            proof == AddressProof.None
            && (decision == AcceptDecision.Retry || Unvalidated() >= _options.MaxUnvalidated)
        )
        {
            return Retry(header, from, now);
        }
        var connection = Connection.Accept(
            server,
            from,
            header.Destination,
            header.Source,
            proof == AddressProof.Retried ? original : null,
            proof == AddressProof.Known,
            this,
            _random,
            _blocks,
            now
        );
        // Until it knows our connection ID the client sends to the one that it chose. It leads here as long as the connection
        // lives: a late copy of the first packet must not begin another.
        if (!_byId.TryAdd(header.Destination, connection))
        {
            return Drop();
        }
        _aliases.Add(connection, header.Destination);
        connection.Receive(from, datagram, ecn, now);
        if (connection.Counters.PacketsReceived == 0)
        {
            // It did not open: nobody's.
            connection.Vanish();
            ForgetAliases(connection);
            return Drop();
        }
        Counters.Accepted++;
        Counters.TokensAccepted += proof == AddressProof.None ? 0 : 1;
        if (proof == AddressProof.None)
        {
            _unvalidated.Add(connection);
        }
        _connections.Add(connection);
        _accepted.Enqueue(connection);
        _schedule.Touch(connection);
        return ReceiveOutcome.Taken;
    }

    private ReceiveOutcome Drop()
    {
        Counters.Dropped++;
        return ReceiveOutcome.Dropped;
    }

    /// <summary>Handshakes with who may not be at its address.</summary>
    private int Unvalidated()
    {
        _unvalidated.RemoveAll(static connection => !connection.IsUnvalidated);
        return _unvalidated.Count;
    }

    private void ForgetAliases(Connection connection)
    {
        if (_aliases.Remove(connection, out var alias))
        {
            _byId.Remove(alias);
        }
    }

    private ReceiveOutcome OnUnknownVersion(scoped in PacketHeader header, in NetworkPath from, int length)
    {
        if (length < LossDetection.SmallestPath)
        {
            return Drop();
        }
        var isLong = header.DestinationBytes.Length > ConnectionId.MaximumLength;
        var destination = isLong ? default : new ConnectionId(header.DestinationBytes);
        if (
            _options.Filter is { } filter
            && filter(new IncomingInitial(from, destination, default, HasToken: false)) != AcceptDecision.Accept
        )
        {
            Counters.Ignored++;
            return ReceiveOutcome.Dropped;
        }
        Span<byte> answer = stackalloc byte[1 + 4 + 1 + 255 + 1 + 255 + 8];
        Span<byte> random = stackalloc byte[5];
        _random.Fill(random);
        // §6.3: a version of the kind that nobody has, so that clients stay used to it.
        var reserved = (BinaryPrimitives.ReadUInt32BigEndian(random[1..]) & 0xf0f0_f0f0) | 0x0a0a_0a0a;
        var size = PacketWriter.WriteVersionNegotiation(answer, header, random[0], [QuicVersion.One, reserved]);
        Counters.VersionNegotiations++;
        Answer(from, answer[..size]);
        return ReceiveOutcome.Taken;
    }

    /// <summary>A packet for a connection that is gone, or a peer's word that it forgot one of ours.</summary>
    private ReceiveOutcome OnLost(in NetworkPath from, ReadOnlySpan<byte> datagram, Instant now)
    {
        if (
            datagram.Length >= SmallestReset
            && _byReset.TryGetValue(ResetToken.Read(datagram[^ResetToken.Size..]), out var connection)
        )
        {
            Counters.ResetsReceived++;
            connection.OnReset(now);
            _schedule.Touch(connection);
            return ReceiveOutcome.Taken;
        }
        // §10.3.3: shorter than what it answers, so that two of us do not answer each other for ever.
        var size = Math.Min(datagram.Length - 1, LargestReset);
        if (!_options.SendsResets || size < SmallestReset)
        {
            return Drop();
        }
        Span<byte> reset = stackalloc byte[size];
        _random.Fill(reset);
        reset[0] = (byte)((reset[0] & 0x3f) | 0x40);
        var id = new ConnectionId(datagram.Slice(1, _options.ConnectionIdLength));
        ((IConnectionIds)this).MakeResetToken(id, reset[^ResetToken.Size..]);
        Counters.ResetsSent++;
        Answer(from, reset);
        return ReceiveOutcome.Dropped;
    }

    private ReceiveOutcome Retry(scoped in PacketHeader header, in NetworkPath from, Instant now)
    {
        Span<byte> random = stackalloc byte[ConnectionId.MaximumLength + AddressTokenSealer.NonceSize];
        _random.Fill(random);
        var source = new ConnectionId(random[.._options.ConnectionIdLength]);
        Span<byte> peer = stackalloc byte[PeerSize];
        WritePeer(from, withPort: true, peer);
        Span<byte> token = stackalloc byte[AddressTokenSealer.MaximumSize];
        var content = new AddressToken(AddressTokenKind.Retry, now + _options.RetryLifetime, header.Destination);
        var tokenSize = _tokens.Seal(content, peer, random[^AddressTokenSealer.NonceSize..], token);
        Span<byte> packet = stackalloc byte[128 + AddressTokenSealer.MaximumSize];
        var size = PacketWriter.WriteRetry(packet, header.Source, source, token[..tokenSize]);
        RetryIntegrity.Compute(header.Destination, packet[..size], packet.Slice(size, PacketHeader.RetryTagSize));
        Counters.Retries++;
        Answer(from, packet[..(size + PacketHeader.RetryTagSize)]);
        return ReceiveOutcome.Taken;
    }

    /// <summary>CONNECTION_CLOSE in an Initial of its own, without a connection (§5.2.2, §10.2.3).</summary>
    private ReceiveOutcome Refuse(TransportErrorCode code, scoped in PacketHeader header, in NetworkPath from)
    {
        Span<byte> packet = stackalloc byte[128];
        Span<byte> random = stackalloc byte[ConnectionId.MaximumLength];
        _random.Fill(random);
        var source = new ConnectionId(random[.._options.ConnectionIdLength]);
        var size = PacketWriter.WriteLongHeader(packet, PacketType.Initial, header.Source, source, [], 0, 1);
        var frames = new FrameWriter(packet[size..^PacketAead.TagSize]);
        _ = frames.TryWriteConnectionClose(code, 0, []);
        packet = packet[..(size + frames.Length + PacketAead.TagSize)];
        PacketWriter.SetLength(packet, size, 1);
        using var protector = PacketProtector.Initial(header.Destination, isServer: true);
        _ = protector.TrySeal(packet, size, 1, 0);
        Answer(from, packet);
        return ReceiveOutcome.Dropped;
    }

    private void Answer(in NetworkPath to, ReadOnlySpan<byte> bytes)
    {
        if (_answers.Count < MaxAnswers)
        {
            _answers.Enqueue((to, bytes.ToArray()));
        }
    }

    private bool TryAnswer(Span<byte> buffer, out Transmission sent)
    {
        if (!_answers.TryDequeue(out var answer))
        {
            sent = default;
            return false;
        }
        answer.Bytes.CopyTo(buffer);
        sent = new Transmission(answer.Path, answer.Bytes.Length, answer.Bytes.Length, EcnMark.NotEct);
        return true;
    }
}
