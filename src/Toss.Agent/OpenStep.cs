using Microsoft.Extensions.Logging;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Stage 10 around the cryptography: whose session it is, whether its sender is a member, and the opening itself.</summary>
internal sealed class OpenStep(AgentPorts ports, Device device, PeerLocks locks)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<OpenStep>();
    private readonly Dictionary<DeviceId, Queue<(EnvelopeHash Envelope, DateTimeOffset At)>> _handshakes = [];

    /// <summary>How many envelopes did not open since the start; for `toss status` and tests.</summary>
    public long NotOpened { get; private set; }

    /// <summary>Set once a peer wrote in a version that is not known here; for `toss status`.</summary>
    public WarningReport? Warning { get; private set; }

    public async ValueTask<OpenedEnvelope> OpenAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellation)
    {
        var status = EnvelopeOpener.TryReadHeader(envelope, out var outside);
        if (status != OpenStatus.Opened)
        {
            return Refuse(status);
        }
        if (await ports.Store.FindReceivedAsync(outside.Hash, cancellation) is { } known)
        {
            return OpenedEnvelope.Repeated(known);
        }
        if (await ports.Store.FindSessionPeerAsync(outside.Session, cancellation) is { } peer)
        {
            return await OpenAsync(outside, peer, claim: null, introduced: null, PendingCircleOf(peer), cancellation);
        }
        return outside.HasHandshake
            ? await OpenHandshakeAsync(outside, cancellation)
            : Refuse(OpenStatus.UnknownSession);
    }

    private async ValueTask<OpenedEnvelope> OpenHandshakeAsync(EnvelopeOutside outside, CancellationToken cancellation)
    {
        var circle = device.Circle;
        CircleState? pending = null;
        var status = EnvelopeOpener.Identify(outside, device.Prekeys, circle.Id, device.Id, out var claim);
        if (status != OpenStatus.Opened && device.Pending is not null)
        {
            // A joiner whose pairing was interrupted hears from its inviter through the mailbox, in the circle to come.
            pending = PendingCircle(device.Pending);
            status = EnvelopeOpener.Identify(outside, device.Prekeys, pending.Id, device.Id, out claim);
        }
        if (status != OpenStatus.Opened)
        {
            return Refuse(status);
        }
        using (claim)
        {
            var introduced = Introduce(claim, pending ?? circle, out var member);
            var left = pending is null && circle.Roster.IsKnown(claim.Peer) && !circle.Roster.IsMember(claim.Peer);
            if (!(member || left) || !MayShakeHands(claim.Peer, outside.Hash))
            {
                return Refuse(OpenStatus.BadHandshake);
            }
            if (!member)
            {
                return OpenFarewell(outside, claim);
            }
            return await OpenAsync(outside, claim.Peer, claim, introduced, pending, cancellation);
        }
    }

    /// <summary>Of a device that was a member once: in a session that ends here, and only to hear whom it removed.</summary>
    private OpenedEnvelope OpenFarewell(EnvelopeOutside outside, HandshakeClaim claim)
    {
        using var once = new PeerSessions();
        var result = EnvelopeOpener.Open(once, outside, claim, device.Now);
        if (result.Status != OpenStatus.Opened)
        {
            return Refuse(result.Status);
        }
        return result.Plaintext!.BodyCase == EnvelopePlaintext.BodyOneofCase.Roster
            ? OpenedEnvelope.Farewell(claim.Peer, outside.Hash, result.Plaintext)
            : Refuse(OpenStatus.UnknownSession);
    }

    private async ValueTask<OpenedEnvelope> OpenAsync(
        EnvelopeOutside outside,
        DeviceId peer,
        HandshakeClaim? claim,
        IntroducedPeer? introduced,
        CircleState? pendingCircle,
        CancellationToken cancellation
    )
    {
        // Membership is checked at seal and at open: a revoked device's last envelopes open no more.
        if (claim is null && pendingCircle is null && device.Circle.Peer(peer) is null)
        {
            return Refuse(OpenStatus.UnknownSession);
        }
        var held = await locks.EnterAsync(peer, cancellation);
        PeerSessions? sessions = null;
        try
        {
            var stored = await ports.Store.LoadSessionsAsync(peer, cancellation);
            sessions = SealStep.Parse(stored, peer);
            if (pendingCircle?.Id == device.Circle.Id)
            {
                // Joined by the other way while this waited its turn: a clip is taken like any member's.
                pendingCircle = null;
            }
            // Asked again: it may have been removed while this waited its turn.
            if (pendingCircle is null && !MayWrite(peer, introduced))
            {
                return Refuse(OpenStatus.UnknownSession);
            }
            sessions.Expire(device.Now);
            var result = EnvelopeOpener.Open(sessions, outside, claim, device.Now);
            if (
                result.Status != OpenStatus.Opened
                || !MessageId.TryFrom(result.Plaintext!.MessageId.Span, out var message)
            )
            {
                return Refuse(result.Status == OpenStatus.Opened ? OpenStatus.Malformed : result.Status);
            }
            var circle = (pendingCircle ?? device.Circle).Id;
            Clip? clip = null;
            if (result.Plaintext.BodyCase == EnvelopePlaintext.BodyOneofCase.Clip)
            {
                _ = ClipWriter.TryRead(result.Plaintext.Clip, circle, out clip);
            }
            var opened = OpenedEnvelope.Opened(
                peer,
                outside.Hash,
                message,
                result.Plaintext,
                sessions,
                stored?.Version ?? 0,
                introduced,
                pendingCircle,
                clip,
                held
            );
            (held, sessions) = (null!, null);
            return opened;
        }
        finally
        {
            held?.Dispose();
            sessions?.Dispose();
        }
    }

    private bool MayWrite(DeviceId peer, IntroducedPeer? introduced) =>
        introduced is null ? device.Circle.Peer(peer) is not null : !device.Circle.Roster.IsRevoked(peer);

    /// <summary>Whether the claimed peer is a member, by what we know or with what it shows.</summary>
    private IntroducedPeer? Introduce(HandshakeClaim claim, CircleState circle, out bool member)
    {
        var card = circle.CardOf(claim.Peer);
        IntroducedPeer? introduced = null;
        var roster = circle.Roster;
        if (
            claim.Introduction is { } introduction
            && introduction.Adds.Count <= Limits.IntroductionChain
            && DeviceCard.TryRead(introduction.Card, circle.Id, out var shown)
            && shown.Device == claim.Peer
        )
        {
            roster = roster.Merge(introduction.Adds, out var added);
            if (added.Count > 0 || card is null || card.Version < shown.Version)
            {
                introduced = new IntroducedPeer(shown, added);
                card = shown;
            }
        }
        member = card is not null && roster.IsMember(claim.Peer);
        return introduced;
    }

    private CircleState? PendingCircleOf(DeviceId peer) =>
        device.Pending is { } pending
        && device.Circle.Peer(peer) is null
        && PendingCircle(pending) is { } circle
        && circle.Peer(peer) is not null
            ? circle
            : null;

    /// <summary>The circle a joiner is about to enter, as its inviter showed it.</summary>
    public CircleState PendingCircle(PendingInviter pending)
    {
        var roster = Core.Circle.Roster.Found(pending.Genesis).Merge(pending.Adds, out _);
        return DeviceCard.TryRead(pending.Card, roster.Circle, out var card)
            ? new CircleState(device.Id, roster, [card])
            : new CircleState(device.Id, roster, []);
    }

    /// <summary>
    /// Ten handshakes per peer and hour. One that comes again, because the disk refused it or its acknowledgement was
    /// lost, counts once.
    /// </summary>
    private bool MayShakeHands(DeviceId peer, EnvelopeHash envelope)
    {
        if (!_handshakes.TryGetValue(peer, out var times))
        {
            times = new Queue<(EnvelopeHash, DateTimeOffset)>();
            _handshakes.Add(peer, times);
        }
        while (times.TryPeek(out var oldest) && device.SteadyNow - oldest.At > TimeSpan.FromHours(1))
        {
            times.Dequeue();
        }
        if (times.Any(one => one.Envelope == envelope))
        {
            return true;
        }
        if (times.Count >= Limits.HandshakesPerHour)
        {
            return false;
        }
        times.Enqueue((envelope, device.SteadyNow));
        return true;
    }

    private OpenedEnvelope Refuse(OpenStatus status)
    {
        NotOpened++;
        if (status == OpenStatus.NewerVersion)
        {
            Warning = new WarningReport(
                WarningCodes.UpdateNeeded,
                "A peer runs a newer Toss, and what it sends cannot be read here: update toss."
            );
        }
        _log.NotOpened(status.ToString());
        return OpenedEnvelope.NotOpened(status.ToString());
    }
}
