using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Toss.Wire;

namespace Toss.Transport.Relay;

/// <summary>
/// One connection to a relay, from its first frame to its last, without the connection: docs/protocol/relay.md.
/// <code>
/// relay                           client
/// Challenge{versions, nonce}   →
///                              ←  Login{version, key, signature, token}
/// Ready{version, limits}       →
///                              ←  Allow, Deliver, Acknowledge, Rendezvous…, Blob…, Circuit…, Ping
/// Accepted | Refused | …       →
/// Incoming, Presence, …        →
/// </code>
/// Contract: not thread-safe. Mutate once (a Handle… method or a request), then drain: poll transmits and events until
/// both say no, and arm a timer for <see cref="NextTimeout"/>. After <see cref="RelayClosed"/> nothing more happens;
/// a new connection needs a new session. Requests made before login leave after it; bytes given with a request stay
/// unchanged until it is answered.
/// </summary>
public sealed partial class RelaySession
{
    /// <summary>Login takes two round trips; who has not answered by then will not.</summary>
    public static readonly TimeSpan LoginWithin = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which we ask. Below the idle time-outs of home routers and proxies (30 s and more).</summary>
    public static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(20);

    /// <summary>Silence after the question: with the above, a dead path is noticed within 35 s.</summary>
    public static readonly TimeSpan PongWithin = TimeSpan.FromSeconds(15);

    /// <summary>Blob chunks under way at once: 512 KiB fill 100 ms at 40 Mbit/s, and a clip waits for no more than that.</summary>
    public const int BlobWindow = 4;

    /// <summary>Requests that wait for an answer; beyond it the caller is running away.</summary>
    public const int MaxOutstanding = 1024;

    /// <summary>The same when there is reason to doubt: the network may be another one.</summary>
    public static readonly TimeSpan CheckWithin = TimeSpan.FromSeconds(4);

    private readonly RelayLoginKey _key;
    private readonly bool _guest;
    private readonly uint _version;
    private readonly uint _oldest;
    private readonly RelayRequests _requests = new();
    private readonly Queue<RelayFrame> _control = new();
    private readonly Queue<RelayFrame> _beforeReady = new();
    private readonly Queue<RelayFrame> _blobs = new();
    private readonly Queue<RelayEvent> _events = new();
    private Phase _phase = Phase.AwaitChallenge;
    private DateTimeOffset _deadline;
    private bool _pinged;

    /// <param name="key">Who logs in.</param>
    /// <param name="now">When the connection was opened.</param>
    /// <param name="guest">Joins a rendezvous only, so a relay that wants a token may do without.</param>
    /// <param name="version">Highest version spoken; another one only in tests.</param>
    /// <param name="oldest">Lowest version spoken.</param>
    public RelaySession(
        RelayLoginKey key,
        DateTimeOffset now,
        bool guest = false,
        uint version = ProtocolVersions.Relay,
        uint oldest = ProtocolVersions.OldestRelay
    )
    {
        (_key, _guest, _version, _oldest) = (key, guest, version, oldest);
        _deadline = now + LoginWithin;
    }

    private enum Phase
    {
        AwaitChallenge,
        AwaitReady,
        Ready,
        Closed,
    }

    /// <summary>Whether it answers STUN from a port that is none of <see cref="UdpPorts"/>, too.</summary>
    public bool HasOtherPort { get; private set; }

    /// <summary>Where the relay's host answers STUN; two at most.</summary>
    public IReadOnlyList<int> UdpPorts { get; private set; } = [];

    public bool IsReady => _phase == Phase.Ready;

    /// <summary>Smoothed time from a request to its answer; null before the first.</summary>
    public TimeSpan? RoundTrip => _requests.RoundTrip;

    /// <summary>No further request is taken until answers come.</summary>
    public bool IsFull => _requests.Outstanding >= MaxOutstanding;

    /// <summary>When <see cref="HandleTimeout"/> wants to be called; null after the end.</summary>
    public DateTimeOffset? NextTimeout => _phase == Phase.Closed ? null : _deadline;

    /// <summary>One frame as it came. Malformed frames end the session; they never throw.</summary>
    public void HandleFrame(ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        if (_phase == Phase.Closed)
        {
            return;
        }
        if (!WireReader.TryRead<RelayFrame>(bytes, Limits.RelayFrame, out var frame))
        {
            Close(new RelayClosed(RelayCloseReason.Malformed));
            return;
        }
        switch (_phase)
        {
            case Phase.AwaitChallenge when frame.FrameCase == RelayFrame.FrameOneofCase.Challenge:
                HandleChallenge(frame.Challenge);
                break;
            case Phase.AwaitReady when frame.FrameCase == RelayFrame.FrameOneofCase.Ready:
                HandleReady(frame.Ready, now);
                break;
            case Phase.Ready:
                _deadline = now + PingAfter;
                _pinged = false;
                HandleReadyFrame(frame, now);
                break;
            default:
                HandleEarly(frame);
                break;
        }
    }

    /// <summary>Asks at once whether the relay is still there, and gives up soon if it does not say so.</summary>
    public void Check(DateTimeOffset now)
    {
        if (_phase == Phase.Ready && _deadline > now + CheckWithin)
        {
            _pinged = true;
            _deadline = now + CheckWithin;
            Request(new RelayFrame { Ping = new RelayPing() }, _control);
        }
    }

    /// <summary>Asks whether the relay is still there, or gives up.</summary>
    public void HandleTimeout(DateTimeOffset now)
    {
        if (_phase == Phase.Closed || now < _deadline)
        {
            return;
        }
        if (_phase != Phase.Ready || _pinged)
        {
            Close(new RelayClosed(RelayCloseReason.TimedOut));
            return;
        }
        _pinged = true;
        _deadline = now + PongWithin;
        Request(new RelayFrame { Ping = new RelayPing() }, _control);
    }

    /// <summary>The next frame to send. Blob chunks wait for everything else.</summary>
    public bool TryPollTransmit(DateTimeOffset now, out ReadOnlyMemory<byte> frame)
    {
        frame = default;
        if (_phase == Phase.Closed)
        {
            return false;
        }
        if (!_control.TryDequeue(out var next) && !TryDequeueBulk(out next))
        {
            return false;
        }
        _requests.Sent(next, now);
        frame = next.ToByteArray();
        return true;
    }

    public bool TryPollEvent([NotNullWhen(true)] out RelayEvent? next) => _events.TryDequeue(out next);

    private void HandleChallenge(RelayChallenge challenge)
    {
        if (challenge.OldestVersion > _version || challenge.Version < _oldest)
        {
            var older = challenge.OldestVersion > _version ? "toss" : "toss-relay";
            Close(new RelayClosed(RelayCloseReason.Version, older));
            return;
        }
        if (challenge.Nonce.Length != RelayProtocol.NonceSize)
        {
            Close(new RelayClosed(RelayCloseReason.Malformed));
            return;
        }
        if (challenge.TokenRequired && _key.Token is null && !_guest)
        {
            Close(new RelayClosed(RelayCloseReason.Token));
            return;
        }
        _control.Enqueue(
            new RelayFrame
            {
                Login = new RelayLogin
                {
                    // Two versions meet at the lower.
                    Version = Math.Min(_version, challenge.Version),
                    MailboxKey = ByteString.CopyFrom(_key.PublicKey),
                    Signature = ByteString.CopyFrom(_key.Sign(challenge.Nonce.Span, _key.Mailbox)),
                    Token = _key.Token ?? "",
                },
            }
        );
        _phase = Phase.AwaitReady;
    }

    private void HandleReady(RelayReady ready, DateTimeOffset now)
    {
        if (ready.Version > _version || ready.Version < _oldest)
        {
            Close(new RelayClosed(RelayCloseReason.Version, ready.Version > _version ? "toss" : "toss-relay"));
            return;
        }
        if (ready.Guest && !_guest)
        {
            Close(new RelayClosed(RelayCloseReason.Token));
            return;
        }
        _phase = Phase.Ready;
        _deadline = now + PingAfter;
        while (_beforeReady.TryDequeue(out var frame))
        {
            _control.Enqueue(frame);
        }
        (HasCircuits, HasCircuitsByUdp, HasOtherPort) = (ready.Circuits, ready.CircuitsByUdp, ready.OtherPort);
        UdpPorts =
        [
            .. ready.UdpPorts.Where(port => port is > 0 and <= ushort.MaxValue).Take(2).Select(port => (int)port),
        ];
        _events.Enqueue(new RelayLoggedIn(ready.Version));
    }

    private void HandleReadyFrame(RelayFrame frame, DateTimeOffset now)
    {
        switch (frame.FrameCase)
        {
            case RelayFrame.FrameOneofCase.Accepted:
                Answer(frame.Request, RelayAnswer.Accepted, null, default, now);
                break;
            case RelayFrame.FrameOneofCase.RendezvousOpened
                when frame.RendezvousOpened.Slot.Length <= RelayProtocol.SlotMax:
                Answer(frame.Request, RelayAnswer.Accepted, null, frame.RendezvousOpened.Slot.Memory, now);
                break;
            case RelayFrame.FrameOneofCase.BlobChunk when frame.BlobChunk.Chunk.Length <= Limits.SealedBlobChunk:
                Answer(frame.Request, RelayAnswer.Accepted, null, frame.BlobChunk.Chunk.Memory, now);
                break;
            case RelayFrame.FrameOneofCase.BlobHeld when frame.BlobHeld.Chunks <= int.MaxValue:
                Answer(frame.Request, RelayAnswer.Accepted, null, default, now, (int)frame.BlobHeld.Chunks);
                break;
            case RelayFrame.FrameOneofCase.Refused when frame.Request != 0:
                Answer(
                    frame.Request,
                    RelayProtocol.AnswerOf(frame.Refused.Reason),
                    RelayProtocol.RetryAfter(frame.Refused.RetryAfterMs),
                    default,
                    now
                );
                break;
            case RelayFrame.FrameOneofCase.Incoming
                when frame.Incoming.Envelope.Length <= Limits.Envelope
                    && MailboxId.TryFrom(frame.Incoming.From.Span, out var from):
                _events.Enqueue(
                    new RelayEnvelopeArrived(frame.Incoming.Sequence, from, frame.Incoming.Envelope.Memory)
                );
                break;
            case RelayFrame.FrameOneofCase.Presence when MailboxId.TryFrom(frame.Presence.Mailbox.Span, out var who):
                _events.Enqueue(new RelayPresenceChanged(who, frame.Presence.Online));
                break;
            case RelayFrame.FrameOneofCase.RendezvousMessage
                when frame.RendezvousMessage.Payload.Length <= Limits.PairingMessage:
                var message = frame.RendezvousMessage;
                _events.Enqueue(new RelayRendezvousArrived(message.Slot.Memory, message.Run, message.Payload.Memory));
                break;
            case RelayFrame.FrameOneofCase.RendezvousEnded:
                _events.Enqueue(
                    new RelayRendezvousArrived(frame.RendezvousEnded.Slot.Memory, frame.RendezvousEnded.Run, null)
                );
                break;
            case RelayFrame.FrameOneofCase.CircuitOpened when TryHandleOpened(frame.Request, frame.CircuitOpened, now):
            case RelayFrame.FrameOneofCase.CircuitClosed when TryHandleClosed(frame.CircuitClosed):
            case RelayFrame.FrameOneofCase.CircuitDatagrams when TryHandleDatagrams(frame.CircuitDatagrams):
                break;
            case RelayFrame.FrameOneofCase.None:
                // A frame of a later minor version: unknown fields are dropped.
                break;
            default:
                HandleEarly(frame);
                break;
        }
    }

    /// <summary>What may come at any time; everything else is out of place and ends the session.</summary>
    private void HandleEarly(RelayFrame frame)
    {
        switch (frame.FrameCase)
        {
            case RelayFrame.FrameOneofCase.Refused:
                Close(
                    new RelayClosed(
                        RelayProtocol.CloseReasonOf(frame.Refused.Reason),
                        frame.Refused.Reason == RelayRefused.Types.Reason.Version
                            ? RelayProtocol.UpdateOf(frame.Refused.Update)
                            : null,
                        RelayProtocol.RetryAfter(frame.Refused.RetryAfterMs)
                    )
                );
                break;
            case RelayFrame.FrameOneofCase.Draining:
                Close(
                    new RelayClosed(
                        RelayCloseReason.Draining,
                        ReconnectAfter: RelayProtocol.RetryAfter(frame.Draining.ReconnectAfterMs)
                    )
                );
                break;
            default:
                Close(new RelayClosed(RelayCloseReason.Malformed));
                break;
        }
    }

    private void Answer(
        ulong request,
        RelayAnswer answer,
        TimeSpan? retryAfter,
        ReadOnlyMemory<byte> payload,
        DateTimeOffset now,
        int chunks = 0
    )
    {
        // An answer to nothing we asked is not worth a word; a ping's answer is not worth an event.
        if (_requests.TryAnswer(request, now, out var kind) && kind != RelayFrame.FrameOneofCase.Ping)
        {
            _events.Enqueue(new RelayAnswered(request, answer, retryAfter, payload) { Chunks = chunks });
        }
    }

    private void Close(RelayClosed closed)
    {
        _phase = Phase.Closed;
        _events.Enqueue(closed);
    }
}
