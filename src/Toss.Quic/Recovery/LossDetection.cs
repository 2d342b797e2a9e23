using Toss.Quic.Wire;

namespace Toss.Quic.Recovery;

/// <summary>
/// Loss detection of one connection (RFC 9002 §6, §A). It says when packets are lost and when to probe; the connection
/// sends. Packets belong to a number space and to a path; round trip, window and ECN are of the path.
/// </summary>
internal sealed partial class LossDetection
{
    /// <summary>kPacketThreshold (§6.1.1).</summary>
    public const long PacketThreshold = 3;

    /// <summary>Every path carries datagrams of this size (RFC 9000 §14.1).</summary>
    public const int SmallestPath = (int)TransportParameters.SmallestMaxUdpPayload;

    /// <summary>Paths at a time; a number is given again when nothing of the old path is in flight.</summary>
    public const int MaxPaths = 16;

    // 2^10 of the probe time-out is minutes: the idle time-out comes first.
    private const int MaxBackoff = 10;

    private readonly bool _isClient;
    private readonly IRecoverySink _sink;
    private readonly FramePool _frames = new();
    private readonly SpaceRecovery[] _spaces = [new(), new(), new()];
    private readonly List<RecoveryPath> _paths = [];
    private readonly List<SentPacket> _acked = [];
    private int _probes;
    private bool _hasHandshakeKeys;
    private bool _handshakeAcked;
    private bool _amplificationLimited;

    public LossDetection(bool isClient, IRecoverySink sink, RecoveryPath path)
    {
        _isClient = isClient;
        _sink = sink;
        _paths.Add(path);
    }

    /// <summary>The path that packets are sent on now: the one whose round trip paces the probes.</summary>
    public int ActivePath { get; private set; }

    /// <summary>When <see cref="OnTimeout"/> is due.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>pto_count: probes since an acknowledgement.</summary>
    public int ProbeCount => _probes;

    public bool HandshakeConfirmed { get; private set; }

    /// <summary>The peer's max_ack_delay.</summary>
    public TimeSpan MaxAckDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Packets declared lost, without those that were acknowledged afterwards.</summary>
    public long LostPackets { get; private set; }

    /// <summary>Declared lost, but acknowledged afterwards.</summary>
    public long SpuriousLosses { get; private set; }

    /// <summary>Numbers given to paths.</summary>
    public int PathCount => _paths.Count;

    public RecoveryPath Path(int id) => _paths[id];

    public SpaceRecovery Space(PacketSpace space) => _spaces[(int)space];

    public long NextNumber(PacketSpace space) => Space(space).Sent.Next;

    public long SkipNumber(PacketSpace space) => Space(space).Sent.Skip();

    /// <returns>The path's number; -1 if there are too many.</returns>
    public int AddPath(RecoveryPath path)
    {
        if (_paths.Count == MaxPaths)
        {
            return -1;
        }
        _paths.Add(path);
        return _paths.Count - 1;
    }

    /// <summary>Gives the number of a path that is no longer used to a new one. False while something is in flight on it.</summary>
    public bool TryReplacePath(int id, RecoveryPath path)
    {
        if (id == ActivePath || _paths[id].BytesInFlight > 0)
        {
            return false;
        }
        _paths[id] = path;
        return true;
    }

    public void Activate(int path, Instant now)
    {
        ActivePath = path;
        SetTimer(now);
    }

    /// <summary>
    /// The packet <see cref="NextNumber"/> is sent (§A.5).
    /// </summary>
    public void OnSent(PacketSpace space, in OutgoingPacket sent, ReadOnlySpan<FrameToken> frames, Instant now)
    {
        var state = Space(space);
        var path = _paths[sent.Path];
        ref var packet = ref state.Sent.Take();
        packet.SentAt = now;
        packet.Bytes = sent.Bytes;
        packet.PathId = sent.Path;
        packet.State = SentState.Outstanding;
        packet.Ecn = sent.Ecn;
        packet.AckEliciting = sent.AckEliciting;
        packet.InFlight = sent.InFlight;
        packet.IsMtuProbe = sent.IsMtuProbe;
        for (var i = frames.Length - 1; i >= 0; i--)
        {
            packet.Frames = _frames.Push(packet.Frames, frames[i]);
        }
        path.Ecn.OnSent(space, sent.Ecn);
        if (!sent.InFlight)
        {
            return;
        }
        path.Congestion.OnSent(ref packet, path.BytesInFlight, now);
        path.BytesInFlight += sent.Bytes;
        path.Pacer.OnSent(sent.Bytes, path.Congestion.PacingRate, now);
        if (sent.AckEliciting)
        {
            state.LastAckElicitingAt = now;
            state.AckElicitingInFlight++;
        }
        SetTimer(now);
    }

    /// <summary>A client has Handshake keys: its probe against the deadlock is then a Handshake packet (§6.2.2.1).</summary>
    public void OnHandshakeKeys(Instant now)
    {
        _hasHandshakeKeys = true;
        SetTimer(now);
    }

    public void OnHandshakeConfirmed(Instant now)
    {
        HandshakeConfirmed = true;
        SetTimer(now);
    }

    /// <summary>A server may send no more until it receives: no timer can help then (§6.2.2.1).</summary>
    public void SetAmplificationLimited(bool limited, Instant now)
    {
        if (limited != _amplificationLimited)
        {
            _amplificationLimited = limited;
            SetTimer(now);
        }
    }

    /// <summary>
    /// What is outstanding in a space will never be acknowledged, though its numbers go on: a client's Initial packets that
    /// a Retry answered. The controller is not told (§6.2.1).
    /// </summary>
    public void Abandon(PacketSpace space, Instant now)
    {
        var state = Space(space);
        for (var number = state.Sent.First; number < state.Sent.Next; number++)
        {
            ref var packet = ref state.Sent[number];
            if (packet.State != SentState.Outstanding)
            {
                continue;
            }
            Settle(state, ref packet, SentState.Acknowledged);
            while (_frames.TryPop(ref packet.Frames, out var frame))
            {
                _sink.OnLost(space, frame);
            }
        }
        state.Sent.Forget(Instant.Never);
        state.LossTime = Instant.Never;
        _probes = 0;
        SetTimer(now);
    }

    /// <summary>The keys of a space are gone, and with them its packets; the controller is not told (§6.4).</summary>
    public void OnKeysDiscarded(PacketSpace space, Instant now)
    {
        var state = Space(space);
        for (var number = state.Sent.First; number < state.Sent.Next; number++)
        {
            ref var packet = ref state.Sent[number];
            if (packet.State == SentState.Outstanding)
            {
                Settle(state, ref packet, SentState.Acknowledged);
                _frames.Free(ref packet.Frames);
            }
        }
        state.Sent.Forget(Instant.Never);
        state.LossTime = Instant.Never;
        state.Discarded = true;
        _probes = 0;
        SetTimer(now);
    }

    /// <summary>The deadline came (§A.9): lost packets were given to the sink, or probes must be sent.</summary>
    public ProbeRequest OnTimeout(Instant now)
    {
        if (now < Deadline)
        {
            return default;
        }
        if (EarliestLoss() is var (lossTime, lossSpace) && lossTime != Instant.Never)
        {
            DetectLosses(lossSpace, now);
            SetTimer(now);
            return default;
        }
        var (_, space) = ProbeTime(now);
        // Two, so that one lost probe costs no further time-out (§6.2.4); one against the deadlock.
        var count = AckElicitingInFlight() == 0 ? 1 : 2;
        _probes++;
        OfferProbes(space, count);
        SetTimer(now);
        return new ProbeRequest(space, count);
    }

    /// <summary>The oldest packets' frames go into the probes.</summary>
    private void OfferProbes(PacketSpace space, int count)
    {
        var sent = Space(space).Sent;
        for (var number = sent.First; number < sent.Next && count > 0; number++)
        {
            ref readonly var packet = ref sent[number];
            if (packet.State != SentState.Outstanding || !packet.AckEliciting)
            {
                continue;
            }
            count--;
            for (var at = packet.Frames; _frames.TryPeek(ref at, out var frame); )
            {
                _sink.OnProbed(space, frame);
            }
        }
    }

    private bool PeerValidatedAddress => !_isClient || _handshakeAcked || HandshakeConfirmed;

    private int AckElicitingInFlight() =>
        _spaces[0].AckElicitingInFlight + _spaces[1].AckElicitingInFlight + _spaces[2].AckElicitingInFlight;

    private (Instant At, PacketSpace Space) EarliestLoss()
    {
        var at = Instant.Never;
        var space = PacketSpace.Initial;
        for (var i = 0; i < _spaces.Length; i++)
        {
            if (_spaces[i].LossTime < at)
            {
                at = _spaces[i].LossTime;
                space = (PacketSpace)i;
            }
        }
        return (at, space);
    }

    private (Instant At, PacketSpace Space) ProbeTime(Instant now)
    {
        var backoff = 1 << Math.Min(_probes, MaxBackoff);
        var duration = _paths[ActivePath].Rtt.Probe * backoff;
        if (AckElicitingInFlight() == 0)
        {
            return (now + duration, _hasHandshakeKeys ? PacketSpace.Handshake : PacketSpace.Initial);
        }
        var at = Instant.Never;
        var space = PacketSpace.Initial;
        for (var i = 0; i < _spaces.Length; i++)
        {
            if (_spaces[i].AckElicitingInFlight == 0)
            {
                continue;
            }
            if (i == (int)PacketSpace.Application)
            {
                // Not before the handshake is confirmed: the peer may not have the keys (§6.2.1).
                if (!HandshakeConfirmed)
                {
                    break;
                }
                duration += MaxAckDelay * backoff;
            }
            if (_spaces[i].LastAckElicitingAt + duration < at)
            {
                at = _spaces[i].LastAckElicitingAt + duration;
                space = (PacketSpace)i;
            }
        }
        return (at, space);
    }

    private void SetTimer(Instant now)
    {
        var (loss, _) = EarliestLoss();
        if (loss != Instant.Never)
        {
            Deadline = loss;
        }
        else if (_amplificationLimited || (AckElicitingInFlight() == 0 && PeerValidatedAddress))
        {
            Deadline = Instant.Never;
        }
        else
        {
            Deadline = ProbeTime(now).At;
        }
    }

    private void Settle(SpaceRecovery state, ref SentPacket packet, SentState outcome)
    {
        packet.State = outcome;
        if (!packet.InFlight)
        {
            return;
        }
        _paths[packet.PathId].BytesInFlight -= packet.Bytes;
        if (packet.AckEliciting)
        {
            state.AckElicitingInFlight--;
        }
    }
}
