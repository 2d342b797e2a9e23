using System.Buffers.Binary;
using Toss.Quic.Recovery;
using Toss.Quic.Streams;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

// What is in the packets that leave (RFC 9000 §12.4, §13.2, §13.3).
internal sealed partial class Connection
{
    /// <summary>Frames that one datagram's packets hold together, at most.</summary>
    private const int MaxTokens = 64;

    /// <summary>Room for frames without which no packet is begun.</summary>
    private const int SmallestFrames = 32;

    /// <summary>Less room than this is not filled with a piece of a stream.</summary>
    private const int SmallestPiece = 32;

    /// <summary>
    /// After so many packets that nobody acknowledges one asks for an ACK, so that what we received need not be told for
    /// ever (§13.2.4).
    /// </summary>
    private const int OnlyAcksBeforePing = 32;

    /// <summary>Bytes of DATAGRAM frames that wait, each way.</summary>
    private const int DatagramCapacity = 1 << 20;

    private const int FirstSkipWithin = 128;
    private const int MostBetweenSkips = 1 << 16;

    private readonly FrameToken[] _tokens = new FrameToken[MaxTokens];
    private readonly DatagramQueue _datagramsToSend = new(DatagramCapacity);
    private int _tokenCount;
    private long _observedSent = -1;
    private long _skipAt;
    private uint _skipWithin = FirstSkipWithin;

    /// <summary>The longest content of a DATAGRAM frame that can be sent now; 0 or less if none can.</summary>
    public int MaxDatagramLength
    {
        get
        {
            // Short header, packet number, tag; type and length of the frame.
            var fits = _active.Mtu.Current - 1 - _active.Peer.Id.Length - 4 - 16 - 3;
            return (int)Math.Min((_peer?.MaxDatagramFrameSize ?? 0) - 3, fits);
        }
    }

    /// <summary>
    /// Sends a DATAGRAM frame once (RFC 9221); under a closed window it waits, and the oldest are dropped when too many do.
    /// False if it is too long for the peer or the path.
    /// </summary>
    public bool TrySendDatagram(ReadOnlySpan<byte> data)
    {
        if (State != ConnectionState.Established || data.Length > MaxDatagramLength)
        {
            return false;
        }
        _datagramsToSend.Add(data);
        return true;
    }

    private int WriteDatagram(ConnectionPath path, Span<byte> space, bool mayData, EcnMark ecn, Instant now)
    {
        var datagram = new DatagramWriter(space);
        _tokenCount = 0;
        var pad = false;
        foreach (var level in _spaces)
        {
            if (!CanSeal(level) || !WantsPacket(level, path, mayData, now))
            {
                continue;
            }
            if (!TryBegin(ref datagram, level, path, out var packet, out var frames))
            {
                break;
            }
            var eliciting = WriteFrames(level, path, ref frames, mayData, ref pad, now);
            if (frames.Length == 0)
            {
                continue;
            }
            End(ref datagram, ref packet, ref frames, eliciting);
            // §14.1: so that the path is known to carry it, and that an answer is allowed to be as large.
            pad |= level.Space == PacketSpace.Initial && (eliciting || !_isServer);
        }
        if (pad)
        {
            datagram.PadTo(LossDetection.SmallestPath);
        }
        return Seal(ref datagram, path, ecn, now);
    }

    private bool WantsPacket(NumberSpace level, ConnectionPath path, bool mayData, Instant now) =>
        level.Probes > 0
        || level.Acks.MustAck(now)
        || (
            level.Space == PacketSpace.Application
                ? path.ChallengeDue || path.ResponseDue || (mayData && HasFrames(path))
                : level.Crypto.Sending.HasWork
        );

    /// <summary>Whether something of the application's level waits that the window decides about.</summary>
    private bool HasFrames(ConnectionPath path) =>
        _handshakeDoneDue
        || _offeredTokenDue
        || _keepAliveDue
        || path.ObservedDue
        || _localIds.HasDue
        || _peerIds.HasRetireDue
        || !_datagramsToSend.IsEmpty
        || Streams.HasPending
        || Space(PacketSpace.Application).Crypto.Sending.HasWork;

    /// <returns>Whether the peer will acknowledge the packet.</returns>
    private bool WriteFrames(
        NumberSpace level,
        ConnectionPath path,
        scoped ref FrameWriter frames,
        bool mayData,
        scoped ref bool pad,
        Instant now
    )
    {
        WriteAck(level, ref frames, now);
        var before = frames.Length;
        if (level.Space == PacketSpace.Application)
        {
            pad |= WritePathFrames(path, ref frames, now);
        }
        // The handshake does not wait for the window: data of the application may fill it that only the end of the handshake
        // lets the peer acknowledge, and no timer would help (RFC 9002 §6.2.1).
        var isHandshake = level.Space != PacketSpace.Application;
        if (mayData || isHandshake || level.Probes > 0)
        {
            WriteCrypto(level, ref frames);
            if (!isHandshake)
            {
                WriteControl(path, ref frames);
                WriteDatagramFrames(ref frames);
                WriteStreams(ref frames);
            }
        }
        var asks = level.Probes > 0 || (level.Space == PacketSpace.Application && (_keepAliveDue || AsksForAck(level)));
        if (frames.Length == before && asks)
        {
            _ = frames.TryWritePing();
        }
        var eliciting = frames.Length > before;
        if (eliciting && level.Probes > 0)
        {
            level.Probes--;
            Counters.Probes++;
        }
        level.OnlyAcks = eliciting ? 0 : level.OnlyAcks + 1;
        return eliciting;
    }

    private static bool AsksForAck(NumberSpace level) =>
        level.OnlyAcks >= OnlyAcksBeforePing && level.Acks.Ranges.Length > 1;

    private void WriteAck(NumberSpace level, scoped ref FrameWriter frames, Instant now)
    {
        if (!level.Acks.HasPending || level.Acks.Ranges.IsEmpty)
        {
            return;
        }
        var delay = level.Space == PacketSpace.Application ? level.Acks.Delay(now) : TimeSpan.Zero;
        var units = (long)delay.TotalMicroseconds >> TransportParameters.DefaultAckDelayExponent;
        EcnCounts? ecn = level.Acks.Ecn == default ? null : level.Acks.Ecn;
        if (frames.TryWriteAck(level.Acks.Ranges, units, ecn, AckTracker.MaxRanges))
        {
            Keep(SentFrames.Token(SentFrame.Ack, level.Acks.Largest));
            level.Acks.OnAckSent();
        }
    }

    private void WriteCrypto(NumberSpace level, scoped ref FrameWriter frames)
    {
        var crypto = level.Crypto.Sending;
        while (crypto.HasWork && HasRoom)
        {
            var capacity = frames.CryptoCapacity(crypto.NextOffset);
            if (capacity <= 0 || !crypto.TryTake(capacity, long.MaxValue, out var chunk))
            {
                return;
            }
            _ = frames.TryReserveCrypto(chunk.Offset, chunk.Length, out var data);
            crypto.Read(chunk.Offset, data);
            Keep(SentFrames.Token(SentFrame.Crypto, 0, chunk.Offset, chunk.Length));
        }
    }

    /// <returns>Whether the datagram is to be padded (§8.2.1, §8.2.2).</returns>
    private bool WritePathFrames(ConnectionPath path, scoped ref FrameWriter frames, Instant now)
    {
        Span<byte> data = stackalloc byte[8];
        var wrote = false;
        if (path.ResponseDue)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data, path.Response);
            path.OnResponseSent();
            wrote = frames.TryWritePathResponse(data);
        }
        if (path.ChallengeDue)
        {
            _random.Fill(data);
            wrote |= frames.TryWritePathChallenge(data);
            path.OnChallengeSent(BinaryPrimitives.ReadUInt64BigEndian(data));
            path.ChallengedSmall = path.Budget < LossDetection.SmallestPath;
            // Again after a probe time-out, twice that, and so on.
            path.ChallengeAgainAt = now + (ProbeTimeout * (1 << Math.Min(path.ChallengesSent - 1, 4)));
        }
        return wrote;
    }

    private void WriteControl(ConnectionPath path, scoped ref FrameWriter frames)
    {
        if (_handshakeDoneDue && HasRoom && frames.TryWriteHandshakeDone())
        {
            _handshakeDoneDue = false;
            Keep(SentFrames.Token(SentFrame.HandshakeDone));
        }
        while (HasRoom && _peerIds.TryPeekRetire(out var retired) && frames.TryWriteRetireConnectionId(retired))
        {
            _peerIds.TakeRetire();
            Keep(SentFrames.Token(SentFrame.RetireConnectionId, retired));
        }
        Span<byte> resetToken = stackalloc byte[ResetToken.Size];
        while (HasRoom && _localIds.TryPeekDue(out var sequence, out var id))
        {
            _ids.MakeResetToken(id, resetToken);
            if (!frames.TryWriteNewConnectionId(sequence, 0, id, resetToken))
            {
                break;
            }
            _localIds.TakeDue();
            Keep(SentFrames.Token(SentFrame.NewConnectionId, sequence));
        }
        if (_offeredTokenDue && HasRoom && frames.TryWriteNewToken(_offeredToken))
        {
            _offeredTokenDue = false;
            Keep(SentFrames.Token(SentFrame.NewToken));
        }
        if (path.ObservedDue && HasRoom)
        {
            WriteObserved(path, ref frames);
        }
    }

    private void WriteObserved(ConnectionPath path, scoped ref FrameWriter frames)
    {
        Span<byte> address = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(address, path.Address.Address);
        var isV4 = NetworkPath.IsMappedIPv4(path.Address.Address);
        if (frames.TryWriteObservedAddress(_observedSent + 1, isV4 ? address[12..] : address, path.Address.Port))
        {
            path.ObservedDue = false;
            Keep(SentFrames.Token(SentFrame.ObservedAddress, ++_observedSent));
        }
    }

    private void WriteDatagramFrames(scoped ref FrameWriter frames)
    {
        while (_datagramsToSend.TryPeek(out var data))
        {
            if (!frames.TryWriteDatagram(data))
            {
                if (data.Length <= MaxDatagramLength)
                {
                    return;
                }
                // The path shrank meanwhile.
                Counters.DatagramFramesLost++;
                _datagramsToSend.Take();
                continue;
            }
            Counters.DatagramFramesSent++;
            _datagramsToSend.Take();
        }
    }

    private void WriteStreams(scoped ref FrameWriter frames)
    {
        while (HasRoom && frames.Left >= SmallestPiece && Streams.TryNext(frames.Left, out var frame))
        {
            WriteStreamFrame(frame, ref frames);
            Keep(SentFrames.Token(frame));
        }
    }

    private void WriteStreamFrame(in StreamFrame frame, scoped ref FrameWriter frames)
    {
        switch (frame.Kind)
        {
            case StreamFrameKind.Stream:
                _ = frames.TryReserveStream(frame.Id, frame.Value, frame.Length, frame.Fin, out var data);
                Streams.CopyData(frame, data);
                break;
            case StreamFrameKind.ResetStream:
                _ = frames.TryWriteResetStream(frame.Id, frame.Code, frame.Value);
                break;
            case StreamFrameKind.StopSending:
                _ = frames.TryWriteStopSending(frame.Id, frame.Code);
                break;
            case StreamFrameKind.MaxData:
                _ = frames.TryWriteMaxData(frame.Value);
                break;
            case StreamFrameKind.MaxStreamData:
                _ = frames.TryWriteMaxStreamData(frame.Id, frame.Value);
                break;
            case StreamFrameKind.MaxStreamsBidirectional:
            case StreamFrameKind.MaxStreamsUnidirectional:
                _ = frames.TryWriteMaxStreams(frame.Kind == StreamFrameKind.MaxStreamsBidirectional, frame.Value);
                break;
            case StreamFrameKind.DataBlocked:
                _ = frames.TryWriteDataBlocked(frame.Value);
                break;
            case StreamFrameKind.StreamDataBlocked:
                _ = frames.TryWriteStreamDataBlocked(frame.Id, frame.Value);
                break;
            default:
                _ = frames.TryWriteStreamsBlocked(
                    frame.Kind == StreamFrameKind.StreamsBlockedBidirectional,
                    frame.Value
                );
                break;
        }
    }

    /// <summary>A datagram on a path that is not in use: no more than asks and answers whether it works.</summary>
    private int WriteProbe(ConnectionPath path, Span<byte> space, EcnMark ecn, Instant now)
    {
        var datagram = new DatagramWriter(space);
        _tokenCount = 0;
        if (!TryBegin(ref datagram, Space(PacketSpace.Application), path, out var packet, out var frames))
        {
            return 0;
        }
        _ = WritePathFrames(path, ref frames, now);
        End(ref datagram, ref packet, ref frames, eliciting: true);
        datagram.PadTo(LossDetection.SmallestPath);
        return Seal(ref datagram, path, ecn, now);
    }

    /// <summary>RFC 8899 §4.1: PING and PADDING, as large as is hoped for.</summary>
    private int WriteMtuProbe(ConnectionPath path, Span<byte> space, EcnMark ecn, Instant now)
    {
        var datagram = new DatagramWriter(space);
        _tokenCount = 0;
        if (!TryBegin(ref datagram, Space(PacketSpace.Application), path, out var packet, out var frames))
        {
            return 0;
        }
        _ = frames.TryWritePing();
        frames.WritePadding(frames.Left);
        Keep(SentFrames.Token(SentFrame.MtuProbe, path.Number, 0, space.Length));
        packet.IsMtuProbe = true;
        End(ref datagram, ref packet, ref frames, eliciting: true);
        path.Mtu.OnProbeSent(space.Length);
        return Seal(ref datagram, path, ecn, now);
    }

    private bool HasRoom => _tokenCount < MaxTokens;

    private void Keep(in FrameToken token) => _tokens[_tokenCount++] = token;
}
