using Toss.Quic.Diagnostics;
using Toss.Quic.Protection;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

// Which datagrams leave, and when: windows, pacing, batches, paths (RFC 9000 §13, RFC 9002 §7).
internal sealed partial class Connection
{
    /// <summary>The least that is worth a datagram.</summary>
    private const int SmallestDatagram = 64;

    /// <summary>After so many probes without an answer the path may have shrunk: small datagrams then.</summary>
    private const int ProbesOfFullSize = 2;

    private Instant _pacedUntil = Instant.Never;

    /// <summary>
    /// The next bytes to send, in <paramref name="buffer"/>: one datagram, or several of one size. False when there are
    /// none now.
    /// </summary>
    /// <param name="buffer">At least 1,200 bytes; 64 KiB for whole batches.</param>
    public bool TryTransmit(Span<byte> buffer, Instant now, out Transmission sent)
    {
        _now = now;
        sent = default;
        switch (State)
        {
            case ConnectionState.Draining or ConnectionState.Closed:
                return false;
            case ConnectionState.Closing:
                return TrySendClose(buffer, now, out sent);
            default:
                return TrySendElsewhere(buffer, now, out sent)
                    || TrySendMtuProbe(buffer, now, out sent)
                    || TrySendBatch(buffer, now, out sent);
        }
    }

    private bool TrySendClose(Span<byte> buffer, Instant now, out Transmission sent)
    {
        sent = default;
        if (!_closeDue)
        {
            return false;
        }
        _closeDue = false;
        var size = (int)Math.Min(Math.Min(LossDetection.SmallestPath, buffer.Length), _active.Budget);
        var length = size < SmallestDatagram ? 0 : WriteClose(buffer[..size], now);
        sent = Sent(_active, length, length, EcnMark.NotEct);
        return length > 0;
    }

    /// <summary>Challenges and answers on paths that are not in use.</summary>
    private bool TrySendElsewhere(Span<byte> buffer, Instant now, out Transmission sent)
    {
        sent = default;
        foreach (var path in _paths)
        {
            if (path == _active || !(path.ChallengeDue || path.ResponseDue) || !CanSeal(Space(PacketSpace.Application)))
            {
                continue;
            }
            var size = (int)Math.Min(Math.Min(LossDetection.SmallestPath, buffer.Length), path.Budget);
            if (size < SmallestDatagram)
            {
                continue;
            }
            var ecn = MarkFor(path);
            var length = WriteProbe(path, buffer[..size], ecn, now);
            if (length > 0)
            {
                sent = Sent(path, length, length, ecn);
                return true;
            }
        }
        return false;
    }

    private bool TrySendMtuProbe(Span<byte> buffer, Instant now, out Transmission sent)
    {
        sent = default;
        if (!_isConfirmed || !_active.IsValidated || _recovery.ProbeCount > 0)
        {
            return false;
        }
        var size = _active.Mtu.NextProbe(now);
        if (size == 0 || size > buffer.Length || _active.Recovery.NextSend(size, now) > now)
        {
            return false;
        }
        var ecn = MarkFor(_active);
        var length = WriteMtuProbe(_active, buffer[..size], ecn, now);
        sent = Sent(_active, length, length, ecn);
        return length > 0;
    }

    private bool TrySendBatch(Span<byte> buffer, Instant now, out Transmission sent)
    {
        RenewKeys(now);
        var path = _active;
        var ecn = MarkFor(path);
        var (total, segment, count) = (0, 0, 0);
        var size = _recovery.ProbeCount >= ProbesOfFullSize ? LossDetection.SmallestPath : path.Mtu.Current;
        while (count < _options.BatchSegments && State is ConnectionState.Handshaking or ConnectionState.Established)
        {
            var budget = path.Budget - total;
            size = (int)Math.Min(size, budget);
            if (size < SmallestDatagram || buffer.Length - total < size || MarkFor(path) != ecn)
            {
                break;
            }
            var opens = path.Recovery.NextSend(size, now);
            // What little may be sent to who may not be there is for finding out whether it is.
            var mayData = opens <= now && budget >= LossDetection.SmallestPath;
            var length = WriteDatagram(path, buffer.Slice(total, size), mayData, ecn, now);
            if (length == 0)
            {
                WhyNothing(path, opens, now);
                break;
            }
            segment = count == 0 ? length : segment;
            size = segment;
            total += length;
            count++;
            if (length < segment || !_isConfirmed)
            {
                // Segmentation offload takes one shorter datagram, the last.
                break;
            }
        }
        sent = Sent(path, total, segment, ecn);
        return total > 0;
    }

    private void RenewKeys(Instant now)
    {
        if (_oneRtt is { } keys && (_wantsKeyUpdate || keys.WantsUpdate) && keys.TryUpdate(now))
        {
            _wantsKeyUpdate = false;
        }
    }

    /// <summary>RFC 9002 §7.8: the controller must know whether it is what holds us up.</summary>
    private void WhyNothing(ConnectionPath path, Instant opens, Instant now)
    {
        if (opens <= now)
        {
            _pacedUntil = Instant.Never;
            path.Recovery.OnNothingToSend();
        }
        else if (HasFrames(path))
        {
            _pacedUntil = opens;
            path.Recovery.OnBlocked();
        }
    }

    /// <summary>Probes go without a mark until marks are known to get through.</summary>
    private EcnMark MarkFor(ConnectionPath path) =>
        _options.UsesEcn && (_recovery.ProbeCount == 0 || path.Recovery.Ecn.State == EcnState.Capable)
            ? path.Recovery.Ecn.Mark
            : EcnMark.NotEct;

    private Transmission Sent(ConnectionPath path, int total, int segment, EcnMark ecn)
    {
        if (total == 0)
        {
            return default;
        }
        path.Sent += total;
        Counters.BytesSent += total;
        Counters.DatagramsSent += (total + segment - 1) / segment;
        if (!path.IsValidated)
        {
            UpdateAmplification(_now);
        }
        return new Transmission(path.Address, total, segment, ecn);
    }

    private bool CanSeal(NumberSpace space) =>
        space.Space == PacketSpace.Application
            ? _oneRtt is not null && (State == ConnectionState.Established || _isConfirmed || _tls.IsComplete)
            : space.Protector is not null;

    /// <summary>Writes the header of a packet at the end of the datagram; false if nothing worthwhile fits behind it.</summary>
    private bool TryBegin(
        scoped ref DatagramWriter datagram,
        NumberSpace space,
        ConnectionPath path,
        out OpenPacket packet,
        out FrameWriter frames
    )
    {
        SkipNumber(space);
        var number = _recovery.NextNumber(space.Space);
        var numberLength = PacketNumber.Length(number, _recovery.Space(space.Space).LargestAcked);
        var isShort = space.Space == PacketSpace.Application;
        var token = space.Space == PacketSpace.Initial ? _token : [];
        var headerSize = isShort
            ? 1 + path.Peer.Id.Length + numberLength
            : PacketWriter.LongHeaderSize(space.Packet, path.Peer.Id, _localIds.First, token.Length, numberLength);
        var room = datagram.Rest.Length - headerSize - PacketAead.TagSize;
        if (room < SmallestFrames)
        {
            packet = default;
            frames = default;
            return false;
        }
        var header = datagram.Rest[..headerSize];
        _ = isShort
            ? PacketWriter.WriteShortHeader(header, path.Peer.Id, number, numberLength)
            : PacketWriter.WriteLongHeader(
                header,
                space.Packet,
                path.Peer.Id,
                _localIds.First,
                token,
                number,
                numberLength
            );
        frames = new FrameWriter(datagram.Rest.Slice(headerSize, room));
        packet = new OpenPacket
        {
            Space = space.Space,
            HeaderSize = headerSize,
            NumberLength = numberLength,
            Number = number,
            FirstToken = _tokenCount,
        };
        return true;
    }

    private void End(
        scoped ref DatagramWriter datagram,
        scoped ref OpenPacket packet,
        scoped ref FrameWriter frames,
        bool eliciting
    )
    {
        // Else there is nothing to take a sample of (RFC 9001 §5.4.2).
        var missing = HeaderProtection.SmallestPayload(packet.NumberLength) - frames.Length;
        if (missing > 0)
        {
            frames.WritePadding(missing);
        }
        packet.FramesLength = frames.Length;
        packet.Tokens = _tokenCount - packet.FirstToken;
        packet.AckEliciting = eliciting;
        packet.InFlight = eliciting || missing > 0;
        datagram.Add(packet);
    }

    /// <summary>Seals what was written; recovery knows of it from now on.</summary>
    /// <returns>The datagram's length; 0 if there is none.</returns>
    private int Seal(scoped ref DatagramWriter datagram, ConnectionPath path, EcnMark ecn, Instant now)
    {
        var sentHandshake = false;
        for (var at = 0; at < datagram.Count; at++)
        {
            ref var packet = ref datagram[at];
            var length = packet.HeaderSize + packet.FramesLength + PacketAead.TagSize;
            var bytes = datagram.Space.Slice(packet.Start, length);
            if (_qlog is not null)
            {
                // Now, because sealing is in place.
                LogSent(_qlog, packet, bytes, now);
            }
            if (!TrySeal(packet, bytes))
            {
                Fail(TransportErrorCode.AeadLimitReached, 0, now);
                return 0;
            }
            var outgoing = new OutgoingPacket(
                path.Number,
                length,
                packet.AckEliciting,
                packet.InFlight,
                ecn,
                packet.IsMtuProbe
            );
            _recovery.OnSent(packet.Space, outgoing, _tokens.AsSpan(packet.FirstToken, packet.Tokens), now);
            Counters.PacketsSent++;
            sentHandshake |= packet.Space == PacketSpace.Handshake;
            if (packet.AckEliciting)
            {
                OnElicitingSent(now);
            }
        }
        if (sentHandshake && !_isServer)
        {
            // RFC 9001 §4.9.1.
            Discard(PacketSpace.Initial, now);
        }
        return datagram.Length;
    }

    private void LogSent(Qlog log, in OpenPacket packet, ReadOnlySpan<byte> bytes, Instant now)
    {
        var isShort = packet.Space == PacketSpace.Application;
        var logged = new LoggedPacket(
            Space(packet.Space).Packet,
            packet.Number,
            bytes.Length,
            TransportParameters.DefaultAckDelayExponent,
            isShort ? KeyGeneration : 0,
            packet.IsMtuProbe
        );
        log.Sent(logged, bytes.Slice(packet.HeaderSize, packet.FramesLength), now);
    }

    private bool TrySeal(in OpenPacket packet, Span<byte> bytes)
    {
        if (packet.Space == PacketSpace.Application)
        {
            return _oneRtt!.TrySeal(bytes, packet.HeaderSize, packet.NumberLength, packet.Number);
        }
        PacketWriter.SetLength(bytes, packet.HeaderSize, packet.NumberLength);
        return Space(packet.Space).Protector!.TrySeal(bytes, packet.HeaderSize, packet.NumberLength, packet.Number);
    }

    /// <summary>
    /// Now and then a number is left out: a peer that acknowledges it lies about what it received, to be sent more than
    /// the path carries (§21.4). Seldom, and ever more seldom.
    /// </summary>
    private void SkipNumber(NumberSpace space)
    {
        if (space.Space != PacketSpace.Application || _recovery.NextNumber(space.Space) < _skipAt)
        {
            return;
        }
        Span<byte> random = stackalloc byte[4];
        _random.Fill(random);
        if (_skipAt > 0)
        {
            _ = _recovery.SkipNumber(space.Space);
        }
        _skipAt = _recovery.NextNumber(space.Space) + 1 + (BitConverter.ToUInt32(random) % _skipWithin);
        _skipWithin = Math.Min(_skipWithin * 2, MostBetweenSkips);
    }
}
