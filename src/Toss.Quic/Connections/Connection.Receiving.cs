using Toss.Quic.Diagnostics;
using Toss.Quic.Protection;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

// Datagrams and packets that come (RFC 9000 §5.2, §12.2, §12.3).
internal sealed partial class Connection
{
    /// <summary>Packets that came before their keys, kept for these (RFC 9001 §5.7): a flight's.</summary>
    private const int MaxEarly = 10;

    private readonly List<EarlyPacket> _early = [];
    private bool _replaysDue;
    private Instant _lastReceived;

    // An ack-eliciting packet was sent since (§10.1).
    private bool _sentSinceReceived;

    /// <summary>A datagram for one of our connection IDs. It is opened in place.</summary>
    public void Receive(in NetworkPath from, Span<byte> datagram, EcnMark ecn, Instant now)
    {
        if (State is ConnectionState.Draining or ConnectionState.Closed)
        {
            return;
        }
        _now = now;
        Counters.DatagramsReceived++;
        Counters.BytesReceived += datagram.Length;
        if (State == ConnectionState.Closing)
        {
            AnswerClosing();
            return;
        }
        var path = FindPath(from);
        if (path is null && !MayMove)
        {
            Drop(null, datagram.Length, DropTrigger.Rejected);
            return;
        }
        if (path is not null)
        {
            path.Received += datagram.Length;
        }
        Walk(from, datagram, ecn, now);
        Replay(now);
        UpdateAmplification(now);
    }

    /// <summary>Whether packets from elsewhere may be the peer's.</summary>
    private bool MayMove => _isServer && _isConfirmed;

    private void Walk(in NetworkPath from, Span<byte> datagram, EcnMark ecn, Instant now)
    {
        var whole = datagram.Length;
        ConnectionId? destination = null;
        while (!datagram.IsEmpty && State is ConnectionState.Handshaking or ConnectionState.Established)
        {
            if (!PacketHeader.TryRead(datagram, _ids.Length, greased: false, out var header))
            {
                Drop(null, datagram.Length, DropTrigger.Invalid);
                return;
            }
            // §12.2: packets for another connection do not belong here.
            if (destination is { } first && header.Destination != first)
            {
                Drop(header.Type, datagram.Length, DropTrigger.Invalid);
                return;
            }
            destination = header.Destination;
            var packet = datagram[..header.PacketLength];
            datagram = datagram[header.PacketLength..];
            switch (header.Type)
            {
                case PacketType.VersionNegotiation:
                    OnVersionNegotiation(header, packet.Length);
                    return;
                case PacketType.Retry:
                    OnRetry(header, packet, now);
                    return;
                case PacketType.Initial:
                    OnPacket(Space(PacketSpace.Initial), header, packet, from, whole, ecn, now);
                    break;
                case PacketType.Handshake:
                    OnPacket(Space(PacketSpace.Handshake), header, packet, from, whole, ecn, now);
                    break;
                case PacketType.OneRtt:
                    OnPacket(Space(PacketSpace.Application), header, packet, from, whole, ecn, now);
                    break;
                default:
                    // 0-RTT, which is never accepted, and versions that nobody asked for.
                    Drop(header.Type, packet.Length, DropTrigger.Unsupported);
                    break;
            }
        }
    }

    private void OnPacket(
        NumberSpace space,
        scoped in PacketHeader header,
        Span<byte> packet,
        in NetworkPath from,
        int datagramLength,
        EcnMark ecn,
        Instant now
    )
    {
        if (!HasKeys(space))
        {
            Keep(space, packet, from, ecn);
            return;
        }
        // §7.2: long headers name the source; it never changes.
        if (space.Space != PacketSpace.Application && _knowsPeerId && header.Source != _active.Peer.Id)
        {
            Drop(space.Packet, packet.Length, DropTrigger.Invalid);
            return;
        }
        var source = header.Source;
        var destination = header.Destination;
        var status = Open(space, packet, header.PacketNumberOffset, now, out var opened);
        if (status != OpenStatus.Opened)
        {
            OnUnopened(status, space, packet, now);
            return;
        }
        if (space.Acks.IsDuplicate(opened.PacketNumber))
        {
            Drop(space.Packet, packet.Length, DropTrigger.Duplicate);
            return;
        }
        if (!_knowsPeerId)
        {
            _knowsPeerId = true;
            _active.Peer = _peerIds.SetFirst(source);
        }
        var path = FindPath(from) ?? AddPathOfPeer(from, datagramLength, now);
        if (path is null)
        {
            Drop(space.Packet, packet.Length, DropTrigger.Rejected);
            return;
        }
        Counters.PacketsReceived++;
        Counters.MarkedReceived += ecn == EcnMark.NotEct ? 0 : 1;
        OnOpened(space, path, destination, packet, opened, ecn, now);
    }

    /// <summary>RFC 9001 §5.7: a server takes no 1-RTT packet before the client has proved who it is.</summary>
    private bool HasKeys(NumberSpace space) =>
        space.Space == PacketSpace.Application
            ? _oneRtt is not null && State == ConnectionState.Established
            : space.Protector is not null;

    private OpenStatus Open(
        NumberSpace space,
        Span<byte> packet,
        int numberOffset,
        Instant now,
        out OpenedPacket opened
    ) =>
        space.Space == PacketSpace.Application
            ? _oneRtt!.Open(packet, numberOffset, space.Acks.Largest, now, ProbeTimeout, out opened)
            : space.Protector!.Open(packet, numberOffset, space.Acks.Largest, out opened);

    private void OnUnopened(OpenStatus status, NumberSpace space, ReadOnlySpan<byte> packet, Instant now)
    {
        Drop(space.Packet, packet.Length, DropTrigger.DecryptionFailure);
        switch (status)
        {
            case OpenStatus.ReservedBits:
                Fail(TransportErrorCode.ProtocolViolation, 0, now);
                break;
            case OpenStatus.KeyUpdateError:
                Fail(TransportErrorCode.KeyUpdateError, 0, now);
                break;
            case OpenStatus.LimitReached:
                Fail(TransportErrorCode.AeadLimitReached, 0, now);
                break;
            default:
                // §10.3.1: a packet that does not open may be a reset; its last bytes are still as they came.
                if (
                    space.Space == PacketSpace.Application
                    && packet.Length >= ResetToken.Size
                    && _peerIds.IsReset(ResetToken.Read(packet[^ResetToken.Size..]))
                )
                {
                    OnReset(now);
                }
                break;
        }
    }

    private void OnOpened(
        NumberSpace space,
        ConnectionPath path,
        in ConnectionId destination,
        ReadOnlySpan<byte> packet,
        in OpenedPacket opened,
        EcnMark ecn,
        Instant now
    )
    {
        if (space.Space == PacketSpace.Handshake && _isServer)
        {
            // Whoever has Handshake keys received our Initial (§8.1), which is not needed any more (RFC 9001 §4.9.1).
            Validated(path, now);
            Discard(PacketSpace.Initial, now);
        }
        var payload = packet.Slice(opened.PayloadOffset, opened.PayloadLength);
        _qlog?.Received(Logged(space, packet.Length, opened), payload, now);
        var rules = new FrameRules(
            space.Packet,
            FromClient: _isServer,
            _options.MaxDatagramFrameSize,
            _options.AddressDiscovery is AddressDiscovery.Receives or AddressDiscovery.Both
        );
        var reader = new FrameReader(payload, rules);
        var (eliciting, probing) = (false, true);
        while (reader.TryRead(out var frame))
        {
            eliciting |= FrameTypes.IsAckEliciting(frame.Type);
            probing &= FrameTypes.IsProbing(frame.Type);
            var error = OnFrame(space, path, destination, frame, opened.KeyGeneration, now);
            if (error != TransportErrorCode.NoError)
            {
                Fail(error, reader.WireType, now);
            }
            if (State is not (ConnectionState.Handshaking or ConnectionState.Established))
            {
                return;
            }
        }
        if (reader.Error != TransportErrorCode.NoError)
        {
            Fail(reader.Error, reader.WireType, now);
            return;
        }
        var isNewest = opened.PacketNumber > space.Acks.Largest;
        if (!space.IsDiscarded)
        {
            _ = space.Acks.Received(opened.PacketNumber, eliciting, ecn, now);
        }
        (_lastReceived, _sentSinceReceived) = (now, false);
        path.LastUsed = now;
        if (path == _active && _isConfirmed && !path.IsValidated && !path.IsValidating)
        {
            // It did not answer in time, but it is there.
            StartValidation(path, now);
        }
        // §9.3: only the newest packet tells where the peer is now, and only if it is more than a probe.
        if (path != _active && _isServer && isNewest && !probing && space.Space == PacketSpace.Application)
        {
            OnPeerMoved(path, now);
        }
    }

    private LoggedPacket Logged(NumberSpace space, int length, in OpenedPacket opened) =>
        new(space.Packet, opened.PacketNumber, length, PeerDelayExponent, opened.KeyGeneration);

    /// <param name="trigger">Of <see cref="DropTrigger"/>.</param>
    private void Drop(PacketType? type, int length, string trigger)
    {
        Counters.PacketsDropped++;
        _qlog?.Dropped(type, length, trigger, _now);
    }

    private void Keep(NumberSpace space, ReadOnlySpan<byte> packet, in NetworkPath from, EcnMark ecn)
    {
        if (space.IsDiscarded || _early.Count == MaxEarly || space.Space == PacketSpace.Initial)
        {
            Drop(space.Packet, packet.Length, DropTrigger.KeyUnavailable);
            return;
        }
        _early.Add(new EarlyPacket(packet.ToArray(), from, ecn));
    }

    /// <summary>Takes up what came before its keys.</summary>
    private void Replay(Instant now)
    {
        while (_replaysDue && State is ConnectionState.Handshaking or ConnectionState.Established)
        {
            _replaysDue = false;
            if (_early.Count == 0)
            {
                return;
            }
            var kept = _early.ToArray();
            _early.Clear();
            foreach (var (packet, from, ecn) in kept)
            {
                Walk(from, packet, ecn, now);
            }
        }
    }

    private readonly record struct EarlyPacket(byte[] Packet, NetworkPath From, EcnMark Ecn);
}
