using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Identity;
using Toss.Crypto.Pairing;
using Toss.Wire;

namespace Toss.Agent.Pairing;

/// <summary>
/// The newcomer's side of pairing: proves the code, checks who invites, holds the inviter as pending, and becomes a
/// member when the Add comes, over the channel or through the mailbox.
/// </summary>
internal sealed class JoinerFlow(AgentPorts ports, Device device, DeviceKeeper keeper, CircleKeeper circle)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<JoinerFlow>();
    private readonly TypedCodes _typed = new();
    private bool _running;

    /// <summary>Runs one join to its end; the last event is done or failed.</summary>
    public async Task RunAsync(JoinRequest request, ChannelWriter<PairingEvent> events, CancellationToken cancellation)
    {
        if (_running)
        {
            events.TryWrite(
                new Control.PairingFailed(
                    ControlErrors.Busy,
                    "This device is joining already.",
                    "Wait until that ends."
                )
            );
            return;
        }
        _running = true;
        try
        {
            var ended = await JoinAsync(request, cancellation);
            _log.PairingEnded(ended is PairingDone ? "paired" : ((Control.PairingFailed)ended).Code);
            events.TryWrite(ended);
        }
        catch (OperationCanceledException)
        {
            events.TryWrite(new Control.PairingFailed(ControlErrors.Withdrawn, "Joining was cancelled.", null));
        }
        catch (StoreException failure)
        {
            events.TryWrite(
                new Control.PairingFailed(ControlErrors.Storage, failure.Message, "Free the disk and try again.")
            );
        }
        finally
        {
            _running = false;
        }
    }

    private async ValueTask<PairingEvent> JoinAsync(JoinRequest request, CancellationToken cancellation)
    {
        if (device.Circle.Peers.Count > 0)
        {
            return new Control.PairingFailed(
                ControlErrors.AlreadyPaired,
                "This device belongs to a circle already.",
                "Run `toss leave` first, or show the code here and type it on the new device."
            );
        }
        if (!PairingCode.TryParse(request.CodeOrUri, out var code))
        {
            return new Control.PairingFailed(
                ControlErrors.InvalidArgument,
                "That is neither a code nor a link.",
                "A code has at least nine digits, like 123-456 789."
            );
        }
        using (code)
        {
            Uri? given = null;
            Uri? linked = null;
            var problem = "";
            if (
                (request.Relay is { } named && !RelayAddress.TryParse(named, out given, out problem))
                || (code.Relay is { } shown && !RelayAddress.TryParse(shown.AbsoluteUri, out linked, out problem))
            )
            {
                return new Control.PairingFailed(
                    ControlErrors.InvalidArgument,
                    $"The relay's URL is not taken: {problem}",
                    "It begins with wss://."
                );
            }
            // Without one they meet in this network, or not at all.
            var met = linked ?? given ?? device.Record.Relay;
            // A newcomer lives at the circle's relay, unless it was given one of its own.
            var own = (linked is null ? null : given) ?? (device.LivesWithCircle ? null : device.Record.Relay);
            var (homeBefore, tokenBefore) = (device.Record.Relay, device.Record.RelayToken);
            var ended = await MeetAsync(code, own, met, cancellation);
            if (ended is Control.PairingFailed && device.Pending is null && device.Record.Relay != homeBefore)
            {
                await keeper.ChangeAsync(
                    record => device.WithHome(record, homeBefore) with { RelayToken = tokenBefore },
                    cancellation
                );
            }
            return ended;
        }
    }

    /// <summary>
    /// Looks in this network and at the relay at once, and goes where the code is shown first. What fails there without a
    /// word on the code is tried at the other place.
    /// </summary>
    private async ValueTask<PairingEvent> MeetAsync(PairingCode code, Uri? own, Uri? at, CancellationToken cancellation)
    {
        await using var search = new MeetingSearch(ports, code.Slot, at);
        using var expiry = new CancellationTokenSource(Limits.PairingOpen, ports.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellation);
        PairingEvent? ended = null;
        try
        {
            while (await search.NextAsync(either.Token) is var (place, relay))
            {
                await using (place)
                {
                    if (!_typed.TryBegin(code, device.Now))
                    {
                        return new Control.PairingFailed(
                            ControlErrors.WrongCode,
                            "This code was tried three times.",
                            "Ask the other device for a new one."
                        );
                    }
                    ended = await ProveAsync(place, code, own, relay, either.Token);
                }
                if (IsFinal(ended, code))
                {
                    return ended;
                }
            }
            return ended ?? search.Problem;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Control.PairingFailed(
                ControlErrors.Expired,
                "The other device did not answer in time.",
                "Try again with a new code."
            );
        }
    }

    /// <summary>
    /// A wrong code is wrong everywhere, and counts everywhere. That of a link cannot be mistyped: whoever says so is not the
    /// inviter. Once the inviter is held, nothing else is tried.
    /// </summary>
    private bool IsFinal(PairingEvent ended, PairingCode code) =>
        ended is not Control.PairingFailed failed
        || device.Pending is not null
        || failed.Code is ControlErrors.Declined or ControlErrors.UpdateNeeded
        || (failed.Code == ControlErrors.WrongCode && code.Kind == PairingKind.Code);

    private async ValueTask<PairingEvent> ProveAsync(
        IRendezvous place,
        PairingCode code,
        Uri? own,
        Uri? met,
        CancellationToken cancellation
    )
    {
        using var joiner = new PairingJoiner(code, ports.Random);
        await place.SendAsync(0, joiner.Start(), cancellation);
        await foreach (var payload in place.Incoming.EachAsync(cancellation))
        {
            if (payload.Payload is not { } message)
            {
                break;
            }
            if (PairingProblems.Read(message.Span) is { } told)
            {
                return PairingProblems.Of(told);
            }
            if (joiner.Channel is null)
            {
                if (!joiner.TryHandle(message.Span, out var answer))
                {
                    await place.SendAsync(0, PairingProblems.Message(joiner.Failure), cancellation);
                    return PairingProblems.Of(joiner.Failure);
                }
                if (answer is not null)
                {
                    await place.SendAsync(0, answer, cancellation);
                }
                continue;
            }
            if (
                !joiner.Channel.TryOpen(message.Span, out var hello)
                || ReadInvitation(joiner.Channel, hello) is not { } invitation
            )
            {
                return PairingProblems.Of(PairingFailure.Malformed);
            }
            return await HoldAsync(place, joiner.Channel, invitation, hello.Inviter, own, met, cancellation);
        }
        return PairingProblems.Of(PairingFailure.Withdrawn);
    }

    /// <summary>Stores the inviter as pending, shows my Card, and waits for the Add by either way.</summary>
    private async ValueTask<PairingEvent> HoldAsync(
        IRendezvous place,
        PairingChannel channel,
        Invitation invitation,
        InviterHello hello,
        Uri? own,
        Uri? met,
        CancellationToken cancellation
    )
    {
        var news = new Wake(ports.Time);
        var joined = false;
        void OnJoined()
        {
            joined = true;
            news.Ring();
        }
        circle.Joined += OnJoined;
        try
        {
            var pending = new PendingInviter(
                hello.Genesis,
                invitation.Inviter.Signed,
                [.. hello.Adds],
                device.Now + Limits.PairingUnconfirmed
            );
            // Met in this network: the circle's relay is what the inviter says, and it may have none.
            met ??= RelayAddress.TryParse(hello.Relay, out var told, out _) ? told : null;
            var token = hello.RelayToken.Length > 0 ? hello.RelayToken : null;
            var card = await circle.HoldInviterAsync(pending, invitation.Inviter, own, met, token, cancellation);
            device.RaiseChanged();
            var answer = new JoinerHello
            {
                Card = card.Signed,
                TranscriptSignature = Google.Protobuf.ByteString.CopyFrom(channel.SignTranscript(device.Key)),
            };
            await place.SendAsync(0, channel.Seal(new PairingPayload { Joiner = answer }), cancellation);

            var answered = ReadAnswerAsync(place, channel, news, cancellation);
            while (!joined && !answered.IsCompleted)
            {
                await news.WaitAsync(cancellation);
            }
            if (!joined)
            {
                switch (await answered)
                {
                    case { PayloadCase: PairingPayload.PayloadOneofCase.Admitted } admitted:
                        return await EnterAsync(place, channel, invitation, admitted.Admitted.Add, cancellation);
                    case { PayloadCase: PairingPayload.PayloadOneofCase.Declined }:
                        await circle.DropPendingAsync(cancellation);
                        return PairingProblems.Of(PairingFailure.Declined);
                    default:
                        // The place is gone after we showed our Card: the inviter may have stored the Add. The mailbox tells.
                        while (!joined)
                        {
                            await news.WaitAsync(cancellation);
                        }
                        break;
                }
            }
            // The mailbox was faster. The inviter waits here all the same, and takes an unconfirmed Add back.
            await place.SendAsync(0, channel.Seal(new PairingPayload { Done = new Done() }), cancellation);
            return new PairingDone(invitation.Inviter.Device.ToString(), invitation.Inviter.Name);
        }
        finally
        {
            circle.Joined -= OnJoined;
        }
    }

    private async ValueTask<PairingEvent> EnterAsync(
        IRendezvous place,
        PairingChannel channel,
        Invitation invitation,
        Signed add,
        CancellationToken cancellation
    )
    {
        var entered = new CircleState(device.Id, invitation.Roster.Merge([add], out _), [invitation.Inviter]);
        if (!await circle.EnterAsync(entered, [], StoreStep.JoinCircle, cancellation))
        {
            await circle.DropPendingAsync(cancellation);
            return PairingProblems.Of(PairingFailure.Malformed);
        }
        await place.SendAsync(0, channel.Seal(new PairingPayload { Done = new Done() }), cancellation);
        return new PairingDone(invitation.Inviter.Device.ToString(), invitation.Inviter.Name);
    }

    private static async Task<PairingPayload?> ReadAnswerAsync(
        IRendezvous place,
        PairingChannel channel,
        Wake news,
        CancellationToken cancellation
    )
    {
        try
        {
            await foreach (var payload in place.Incoming.EachAsync(cancellation))
            {
                if (payload.Payload is { } message && channel.TryOpen(message.Span, out var answer))
                {
                    return answer;
                }
                break;
            }
            return null;
        }
        finally
        {
            news.Ring();
        }
    }

    /// <summary>The inviter's Card and the chain that makes it a member, checked against the channel's transcript.</summary>
    private Invitation? ReadInvitation(PairingChannel channel, PairingPayload payload)
    {
        if (
            payload.PayloadCase != PairingPayload.PayloadOneofCase.Inviter
            || payload.Inviter.Genesis is not { } genesis
            || genesis.Nonce.Length != 32
            || genesis.FounderKey.Length != 32
            || payload.Inviter.Adds.Count > Limits.IntroductionChain
        )
        {
            return null;
        }
        var circleId = SignedStatements.IdOf(genesis);
        if (
            !DeviceCard.TryRead(payload.Inviter.Card, circleId, out var inviter)
            || inviter.Device == device.Id
            || !channel.VerifyTranscript(inviter.Card.DeviceKey.Span, payload.Inviter.TranscriptSignature.Span)
        )
        {
            return null;
        }
        var roster = Core.Circle.Roster.Found(genesis).Merge(payload.Inviter.Adds, out _);
        return roster.IsMember(inviter.Device) ? new Invitation(inviter, roster) : null;
    }

    private sealed record Invitation(DeviceCard Inviter, Core.Circle.Roster Roster);
}
