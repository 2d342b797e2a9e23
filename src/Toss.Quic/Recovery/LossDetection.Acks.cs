using Toss.Quic.Collections;
using Toss.Quic.Wire;

namespace Toss.Quic.Recovery;

/// <summary>Acknowledgements, and the losses that they reveal (RFC 9002 §A.7, §A.10, §B.8).</summary>
internal sealed partial class LossDetection
{
    /// <param name="ranges">Ascending, disjoint, not empty.</param>
    public AckVerdict OnAck(
        PacketSpace space,
        ReadOnlySpan<RangeSet.Range> ranges,
        TimeSpan ackDelay,
        EcnCounts? ecn,
        Instant now
    )
    {
        var state = Space(space);
        var sent = state.Sent;
        if (state.Discarded || ranges.IsEmpty)
        {
            return AckVerdict.Accepted;
        }
        foreach (var range in ranges)
        {
            if (range.End > sent.Next || sent.IsSkipped(range.Start, range.End))
            {
                return AckVerdict.NeverSent;
            }
        }
        if (space == PacketSpace.Handshake)
        {
            _handshakeAcked = true;
        }
        var largest = ranges[^1].End - 1;
        var raised = largest > state.LargestAcked;
        state.LargestAcked = Math.Max(state.LargestAcked, largest);
        _acked.Clear();
        foreach (var range in ranges)
        {
            TakeAcked(space, state, Math.Max(range.Start, sent.First), range.End);
        }
        if (_acked.Count == 0)
        {
            sent.Forget(Instant.Max(default, now - LossMemory()));
            SetTimer(now);
            return AckVerdict.Accepted;
        }
        SampleRtt(space, largest, ackDelay, now);
        CheckEcn(space, raised, ecn, now);
        DetectLosses(space, now);
        TellControllers(now);
        if (PeerValidatedAddress)
        {
            _probes = 0;
        }
        sent.Forget(Instant.Max(default, now - LossMemory()));
        SetTimer(now);
        return AckVerdict.Accepted;
    }

    // A packet that was late by more than this is not worth a slot.
    private TimeSpan LossMemory() => _paths[ActivePath].Rtt.Probe * 3;

    private void TakeAcked(PacketSpace space, SpaceRecovery state, long start, long end)
    {
        for (var number = start; number < end; number++)
        {
            ref var packet = ref state.Sent[number];
            if (packet.State == SentState.Lost)
            {
                packet.State = SentState.Acknowledged;
                SpuriousLosses++;
                LostPackets--;
            }
            if (packet.State != SentState.Outstanding)
            {
                continue;
            }
            Settle(state, ref packet, SentState.Acknowledged);
            if (packet.Bytes > SmallestPath)
            {
                _paths[packet.PathId].LargeLosses = 0;
            }
            while (_frames.TryPop(ref packet.Frames, out var frame))
            {
                _sink.OnAcknowledged(space, frame);
            }
            _acked.Add(packet);
        }
    }

    private void SampleRtt(PacketSpace space, long largest, TimeSpan ackDelay, Instant now)
    {
        // Only the largest, newly acknowledged, and with something that elicited the acknowledgement (§5.1).
        var newest = _acked[^1];
        if (newest.Number != largest || newest.SentAt < _paths[newest.PathId].Since)
        {
            return;
        }
        foreach (ref readonly var packet in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_acked))
        {
            if (packet.AckEliciting)
            {
                _paths[newest.PathId]
                    .Rtt.Update(
                        now - newest.SentAt,
                        space == PacketSpace.Initial ? TimeSpan.Zero : ackDelay,
                        HandshakeConfirmed ? MaxAckDelay : TimeSpan.MaxValue,
                        now
                    );
                return;
            }
        }
    }

    private void CheckEcn(PacketSpace space, bool raised, EcnCounts? counts, Instant now)
    {
        // Reordered ACK frames carry old counts (RFC 9000 §13.4.2.1).
        var newest = _acked[^1];
        if (!raised || newest.SentAt < _paths[newest.PathId].Since)
        {
            return;
        }
        var path = _paths[newest.PathId];
        var marked = 0;
        foreach (ref readonly var packet in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_acked))
        {
            marked += packet.Ecn != EcnMark.NotEct && packet.PathId == newest.PathId ? 1 : 0;
        }
        var ce = path.Ecn.OnAck(space, counts, marked);
        if (ce > 0)
        {
            path.Congestion.OnEcnCe(newest.SentAt, ce, now);
        }
    }

    private void TellControllers(Instant now)
    {
        var touched = 0UL;
        foreach (ref readonly var packet in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_acked))
        {
            if (packet.InFlight && packet.SentAt >= _paths[packet.PathId].Since)
            {
                _paths[packet.PathId].Congestion.OnAcked(packet, _paths[packet.PathId].AppLimited, now);
                touched |= 1UL << (packet.PathId & 63);
            }
        }
        for (var id = 0; touched != 0 && id < _paths.Count; id++)
        {
            if ((touched & (1UL << (id & 63))) != 0)
            {
                _paths[id].Congestion.OnAckDone(_paths[id].BytesInFlight, _paths[id].Rtt, now);
            }
        }
    }

    private void DetectLosses(PacketSpace space, Instant now)
    {
        var state = Space(space);
        var sent = state.Sent;
        state.LossTime = Instant.Never;
        // Persistent congestion (§7.6.2): a run of lost packets, none acknowledged between, longer than three time-outs.
        var runStart = Instant.Never;
        var persistent = -1;
        var runPath = -1;
        var end = Math.Min(sent.Next, state.LargestAcked + 1);
        for (var number = sent.First; number < end; number++)
        {
            ref var packet = ref sent[number];
            if (packet.State == SentState.Acknowledged)
            {
                runStart = Instant.Never;
            }
            if (packet.State != SentState.Outstanding)
            {
                continue;
            }
            var path = _paths[packet.PathId];
            var lostAt = packet.SentAt + path.Rtt.LossDelay;
            if (lostAt > now && state.LargestAcked < number + PacketThreshold)
            {
                state.LossTime = Instant.Min(state.LossTime, lostAt);
                continue;
            }
            Lose(space, state, ref packet, now);
            // Only ack-eliciting ones sent after the first sample, on one path, make such a run.
            if (
                !packet.AckEliciting
                || packet.IsMtuProbe
                || !path.Rtt.HasSample
                || packet.SentAt < path.Rtt.FirstSampleAt
            )
            {
                continue;
            }
            if (runStart == Instant.Never || runPath != packet.PathId)
            {
                runStart = packet.SentAt;
                runPath = packet.PathId;
            }
            if (packet.SentAt - runStart > (path.Rtt.Probe + MaxAckDelay) * 3)
            {
                persistent = packet.PathId;
            }
        }
        if (persistent >= 0)
        {
            _paths[persistent].Congestion.OnPersistentCongestion(now);
            _paths[persistent].Rtt.ForgetMin();
        }
    }

    private void Lose(PacketSpace space, SpaceRecovery state, ref SentPacket packet, Instant now)
    {
        Settle(state, ref packet, SentState.Lost);
        LostPackets++;
        _sink.OnPacketLost(
            space,
            packet.Number,
            packet.IsMtuProbe,
            isByOrder: state.LargestAcked >= packet.Number + PacketThreshold
        );
        var path = _paths[packet.PathId];
        path.Ecn.OnLost(packet.Ecn);
        if (packet.InFlight && !packet.IsMtuProbe)
        {
            path.LargeLosses += packet.Bytes > SmallestPath ? 1 : 0;
            path.Congestion.OnLost(packet, path.BytesInFlight, now);
        }
        while (_frames.TryPop(ref packet.Frames, out var frame))
        {
            _sink.OnLost(space, frame);
        }
    }
}
