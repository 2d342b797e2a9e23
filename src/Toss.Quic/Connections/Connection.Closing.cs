using System.Text;
using Toss.Quic.Diagnostics;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

// How it ends, and what keeps it alive (RFC 9000 §10).
internal sealed partial class Connection
{
    /// <summary>A closed connection is remembered for so many probe time-outs (§10.2).</summary>
    private const int RememberedFor = 3;

    /// <summary>But no longer: a peer that acknowledges late makes the probe time-out as long as it likes.</summary>
    private static readonly TimeSpan s_longestClosing = TimeSpan.FromSeconds(30);

    private Instant _goneAt = Instant.Never;
    private Instant _lastSent;
    private bool _keepAliveDue;

    // Packets that came since we closed; answered at the first, the second, the fourth, … (§10.2.1).
    private long _answeredClosing;
    private bool _closeDue;

    /// <summary>The current probe time-out (RFC 9002 §6.2.1).</summary>
    private TimeSpan ProbeTimeout => _active.Recovery.Rtt.Probe + _recovery.MaxAckDelay;

    /// <summary>§10.1: the smaller of both sides' limits, but no less than three probe time-outs; in a handshake no more than its own.</summary>
    private Instant IdleAt
    {
        get
        {
            var ours = _options.IdleTimeout;
            var theirs = TimeSpan.FromMilliseconds(Math.Min(_peer?.MaxIdleTimeout ?? 0, int.MaxValue));
            var shorter =
                ours == TimeSpan.Zero ? theirs
                : theirs == TimeSpan.Zero || ours < theirs ? ours
                : theirs;
            if (
                State == ConnectionState.Handshaking
                && (shorter == TimeSpan.Zero || shorter > _options.HandshakeTimeout)
            )
            {
                shorter = _options.HandshakeTimeout;
            }
            if (shorter == TimeSpan.Zero)
            {
                return Instant.Never;
            }
            var since = _sentSinceReceived ? _sentAfterReceiving : _lastReceived;
            var silence = Longer(shorter, ProbeTimeout * RememberedFor);
            // A stranger that acknowledges late makes the probe time-out as long as it likes.
            return since
                + (State == ConnectionState.Handshaking ? Shorter(silence, _options.HandshakeTimeout) : silence);
        }
    }

    private Instant KeepAliveAt =>
        _options.KeepAlive == TimeSpan.Zero || State != ConnectionState.Established || _keepAliveDue
            ? Instant.Never
            : Instant.Max(_lastReceived, _lastSent) + _options.KeepAlive;

    // Restarts the idle time-out once for what is sent without an answer (§10.1).
    private Instant _sentAfterReceiving;

    private void OnElicitingSent(Instant now)
    {
        if (!_sentSinceReceived)
        {
            (_sentSinceReceived, _sentAfterReceiving) = (true, now);
        }
        (_lastSent, _keepAliveDue) = (now, false);
    }

    /// <summary>The peer did what it must not.</summary>
    private void Fail(TransportErrorCode code, long frameType, Instant now) =>
        CloseWith(CloseReason.Transport(code, frameType), now);

    private void CloseWith(CloseReason reason, Instant now)
    {
        if (State is not (ConnectionState.Handshaking or ConnectionState.Established))
        {
            return;
        }
        Closed ??= reason;
        State = ConnectionState.Closing;
        _closeDue = true;
        _goneAt = now + Shorter(ProbeTimeout * RememberedFor, s_longestClosing);
        LetGo();
    }

    private void OnPeerClose(scoped in Frame frame, Instant now)
    {
        var isApplication = frame.Type == FrameType.ApplicationClose;
        var text = Encoding.UTF8.GetString(frame.Data);
        Closed ??= new CloseReason(CloseCause.Peer, isApplication, frame.ErrorCode, frame.ClosedBy, text);
        Drain(now);
    }

    /// <summary>The peer forgot us (§10.3.1).</summary>
    public void OnReset(Instant now)
    {
        if (State is ConnectionState.Handshaking or ConnectionState.Established)
        {
            Closed ??= new CloseReason(CloseCause.Reset, IsApplication: false, 0);
            Drain(now);
        }
    }

    private void Drain(Instant now)
    {
        State = ConnectionState.Draining;
        _goneAt = now + Shorter(ProbeTimeout * RememberedFor, s_longestClosing);
        LetGo();
    }

    /// <summary>Ends it without a word: it never was one.</summary>
    public void Vanish()
    {
        Closed ??= CloseReason.Transport(TransportErrorCode.NoError);
        BeGone();
    }

    private void AnswerClosing()
    {
        _answeredClosing++;
        _closeDue |= long.IsPow2(_answeredClosing);
    }

    /// <summary>Tells the owner, and gives memory back; keys stay, to say again that it is closed.</summary>
    private void LetGo()
    {
        _early.Clear();
        DatagramsReceived.Clear();
        _datagramsToSend.Clear();
        _qlog?.Closed(Closed!, _now);
        _qlog?.State(QlogNames.Of(State), _now);
        Raise(new ConnectionEvent.Closed(Closed!));
    }

    private void BeGone()
    {
        var wasOpen = State is ConnectionState.Handshaking or ConnectionState.Established;
        State = ConnectionState.Closed;
        if (wasOpen)
        {
            LetGo();
        }
        else
        {
            _qlog?.State(QlogNames.Of(State), _now);
        }
        EndLog();
        _localIds.RetireAll();
        _peerIds.ForgetAll();
        _tls.Dispose();
        _spaces[0].Protector?.Dispose();
        _spaces[1].Protector?.Dispose();
        _oneRtt?.Dispose();
    }

    /// <summary>Nothing happens any more, or nobody calls it any more.</summary>
    public void EndLog() => _qlog?.Dispose();

    /// <summary>A datagram that says that it is closed, under all keys that the peer may have (§10.2.3).</summary>
    private int WriteClose(Span<byte> space, Instant now)
    {
        var reason = Closed!;
        var text = Encoding.UTF8.GetBytes(reason.Text);
        var pad = false;
        var datagram = new DatagramWriter(space);
        _tokenCount = 0;
        foreach (var level in _spaces)
        {
            if (!CanSeal(level) || (level.Space == PacketSpace.Initial && _isConfirmed))
            {
                continue;
            }
            if (!TryBegin(ref datagram, level, _active, out var packet, out var frames))
            {
                break;
            }
            var inApplication = level.Space == PacketSpace.Application;
            if (reason.IsApplication && inApplication)
            {
                _ = frames.TryWriteApplicationClose(reason.Code, text);
            }
            else if (reason.IsApplication)
            {
                // It would tell an application's secret to who may read the handshake.
                _ = frames.TryWriteConnectionClose(TransportErrorCode.ApplicationError, 0, []);
            }
            else
            {
                _ = frames.TryWriteConnectionClose((TransportErrorCode)reason.Code, reason.FrameType, text);
            }
            End(ref datagram, ref packet, ref frames, eliciting: false);
            pad |= level.Space == PacketSpace.Initial;
        }
        if (pad)
        {
            datagram.PadTo(LossDetection.SmallestPath);
        }
        return Seal(ref datagram, _active, EcnMark.NotEct, now);
    }
}
