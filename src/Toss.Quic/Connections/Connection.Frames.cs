using System.Buffers.Binary;
using Toss.Quic.Collections;
using Toss.Quic.Recovery;
using Toss.Quic.Streams;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

// Frames that come (RFC 9000 §19): each is checked, and handed to whose it is.
internal sealed partial class Connection
{
    /// <summary>Ranges of an ACK frame that are looked at; what is beyond is old and long settled.</summary>
    private const int MaxAckRanges = 128;

    private long _observedSequence = -1;

    /// <summary>Unreliable datagrams that came and were not read yet (RFC 9221).</summary>
    public DatagramQueue DatagramsReceived { get; } = new(DatagramCapacity);

    private TransportErrorCode OnFrame(
        NumberSpace space,
        ConnectionPath path,
        in ConnectionId destination,
        scoped in Frame frame,
        long generation,
        Instant now
    )
    {
        switch (frame.Type)
        {
            case FrameType.Padding:
            case FrameType.Ping:
                return TransportErrorCode.NoError;
            case FrameType.Ack:
            case FrameType.AckEcn:
                return OnAck(space, frame.Ack, generation, now);
            case FrameType.Crypto:
                var error = space.Crypto.Receive(frame.Offset, frame.Data);
                return error != TransportErrorCode.NoError ? error : PumpTls(now);
            case FrameType.ConnectionClose:
            case FrameType.ApplicationClose:
                OnPeerClose(frame, now);
                return TransportErrorCode.NoError;
            case FrameType.HandshakeDone:
                Confirm(now);
                return TransportErrorCode.NoError;
            case FrameType.NewToken:
                Raise(new ConnectionEvent.TokenReceived(frame.Data.ToArray()));
                return TransportErrorCode.NoError;
            case FrameType.NewConnectionId:
                return OnNewConnectionId(frame);
            case FrameType.RetireConnectionId:
                return _localIds.OnRetire(frame.Sequence, destination);
            case FrameType.PathChallenge:
                path.OnChallenge(BinaryPrimitives.ReadUInt64BigEndian(frame.Data));
                return TransportErrorCode.NoError;
            case FrameType.PathResponse:
                OnPathResponse(BinaryPrimitives.ReadUInt64BigEndian(frame.Data), now);
                return TransportErrorCode.NoError;
            case FrameType.ObservedAddressV4:
            case FrameType.ObservedAddressV6:
                OnObservedAddress(path, frame);
                return TransportErrorCode.NoError;
            case FrameType.Datagram:
                Counters.DatagramFramesReceived++;
                DatagramsReceived.Add(frame.Data);
                return TransportErrorCode.NoError;
            default:
                return OnStreamFrame(frame);
        }
    }

    private TransportErrorCode OnStreamFrame(scoped in Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Stream:
                return Streams.OnStream(frame.StreamId, frame.Offset, frame.Data, frame.Fin);
            case FrameType.ResetStream:
                return Streams.OnResetStream(frame.StreamId, frame.ErrorCode, frame.FinalSize);
            case FrameType.StopSending:
                return Streams.OnStopSending(frame.StreamId, frame.ErrorCode);
            case FrameType.MaxData:
                Streams.OnMaxData(frame.Limit);
                return TransportErrorCode.NoError;
            case FrameType.MaxStreamData:
                return Streams.OnMaxStreamData(frame.StreamId, frame.Limit);
            case FrameType.MaxStreamsBidirectional:
            case FrameType.MaxStreamsUnidirectional:
                return Streams.OnMaxStreams(frame.Type == FrameType.MaxStreamsUnidirectional, frame.Limit);
            case FrameType.StreamDataBlocked:
                return Streams.OnStreamDataBlocked(frame.StreamId);
            case FrameType.StreamsBlockedBidirectional:
            case FrameType.StreamsBlockedUnidirectional:
                return StreamSet.OnStreamsBlocked(frame.Limit);
            default:
                // DATA_BLOCKED: news for who debugs.
                return TransportErrorCode.NoError;
        }
    }

    private TransportErrorCode OnAck(NumberSpace space, scoped in AckFrame ack, long generation, Instant now)
    {
        // Largest first on the wire, ascending for recovery.
        Span<RangeSet.Range> ranges = stackalloc RangeSet.Range[MaxAckRanges];
        var first = ranges.Length;
        foreach (var range in ack)
        {
            if (first == 0)
            {
                break;
            }
            ranges[--first] = new RangeSet.Range(range.Smallest, range.Largest + 1);
        }
        var delay = TimeSpan.Zero;
        if (space.Space == PacketSpace.Application)
        {
            // §19.3: in units of the peer's exponent; a peer may claim anything, which recovery bounds.
            var microseconds = Math.Min(ack.Delay, uint.MaxValue) << PeerDelayExponent;
            delay = TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);
            if (!_oneRtt!.OnAcknowledged(ack.Largest, generation))
            {
                return TransportErrorCode.KeyUpdateError;
            }
        }
        Counters.EcnReports += ack.HasEcn ? 1 : 0;
        EcnCounts? ecn = ack.HasEcn ? ack.Ecn : null;
        if (_recovery.OnAck(space.Space, ranges[first..], delay, ecn, now) == AckVerdict.NeverSent)
        {
            return TransportErrorCode.ProtocolViolation;
        }
        Counters.PacketsLate = _recovery.SpuriousLosses;
        CheckMtu(now);
        _qlog?.Metrics(_active.Recovery, _recovery.ProbeCount, now);
        return TransportErrorCode.NoError;
    }

    private int PeerDelayExponent => (int)(_peer?.AckDelayExponent ?? TransportParameters.DefaultAckDelayExponent);

    private void OnObservedAddress(ConnectionPath path, scoped in Frame frame)
    {
        // Reordered ones are old news.
        if (frame.Sequence <= _observedSequence)
        {
            return;
        }
        _observedSequence = frame.Sequence;
        var address =
            frame.Data.Length == 4
                ? NetworkPath.MapIPv4(BinaryPrimitives.ReadUInt32BigEndian(frame.Data))
                : BinaryPrimitives.ReadUInt128BigEndian(frame.Data);
        Raise(new ConnectionEvent.AddressObserved(path.Address, address, frame.Port));
    }

    void IRecoverySink.OnAcknowledged(PacketSpace space, in FrameToken frame)
    {
        if (SentFrames.IsOfStreams(frame, out var ofStream))
        {
            Streams.OnAcked(ofStream);
            return;
        }
        switch ((SentFrame)frame.Kind)
        {
            case SentFrame.Ack:
                Space(space).Acks.OnAckAcknowledged(frame.Id);
                break;
            case SentFrame.Crypto:
                Space(space).Crypto.Sending.Acked(frame.Offset, frame.Length, fin: false);
                break;
            case SentFrame.RetireConnectionId:
                _peerIds.OnRetireAcked(frame.Id);
                break;
            case SentFrame.MtuProbe when PathOf(frame.Id) is { } path:
                var before = path.Mtu.Current;
                path.Mtu.OnProbeAcked(frame.Length);
                _qlog?.Mtu(before, path.Mtu.Current, _now);
                break;
            default:
                break;
        }
    }

    void IRecoverySink.OnLost(PacketSpace space, in FrameToken frame)
    {
        if ((SentFrame)frame.Kind == SentFrame.MtuProbe)
        {
            PathOf(frame.Id)?.Mtu.OnProbeLost(frame.Length, _now);
            return;
        }
        SendAgain(space, frame);
    }

    void IRecoverySink.OnPacketLost(PacketSpace space, long number, bool isMtuProbe, bool isByOrder)
    {
        Counters.PacketsLost += isMtuProbe ? 0 : 1;
        _qlog?.Lost(space, number, isMtuProbe, isByOrder, _now);
    }

    void IRecoverySink.OnProbed(PacketSpace space, in FrameToken frame) => SendAgain(space, frame);

    // RFC 9000 §13.3.
    private void SendAgain(PacketSpace space, in FrameToken frame)
    {
        if (SentFrames.IsOfStreams(frame, out var ofStream))
        {
            Streams.OnLost(ofStream);
            return;
        }
        switch ((SentFrame)frame.Kind)
        {
            case SentFrame.Crypto when !Space(space).IsDiscarded:
                Space(space).Crypto.Sending.Lost(frame.Offset, frame.Length, fin: false);
                break;
            case SentFrame.HandshakeDone:
                _handshakeDoneDue = true;
                break;
            case SentFrame.NewConnectionId:
                _localIds.OnLost(frame.Id);
                break;
            case SentFrame.RetireConnectionId:
                _peerIds.OnRetireLost(frame.Id);
                break;
            case SentFrame.NewToken:
                _offeredTokenDue = true;
                break;
            case SentFrame.ObservedAddress:
                _active.ObservedDue |= frame.Id == _observedSent;
                break;
            default:
                break;
        }
    }
}
