using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Pairing;
using Toss.Wire;

namespace Toss.Agent.Pairing;

/// <summary>
/// The member's side of pairing: shows a code and a link, bears three wrong codes, asks "Add NAME?", stores and sends the
/// Add. Only one pairing is open at a time.
/// </summary>
internal sealed class InviterFlow(AgentPorts ports, Device device, CircleKeeper circle, PeerPresence presence)
{
    /// <summary>How long a stored Add waits for the newcomer's word before the screen says "added" all the same.</summary>
    private static readonly TimeSpan DoneWait = TimeSpan.FromSeconds(10);

    private readonly ILogger _log = ports.Logs.CreateLogger<InviterFlow>();
    private readonly WrongCodes _wrongCodes = new();
    private readonly Dictionary<string, Waiter<bool>> _questions = [];
    private bool _open;

    /// <summary>The person's answer to "Add NAME?"; false if nobody asked that.</summary>
    public bool Answer(string pairingId, bool accept) =>
        _questions.TryGetValue(pairingId, out var question) && question.TrySet(accept);

    /// <summary>Runs one pairing to its end and writes what happens; the last event is done or failed. Cancelling withdraws the code.</summary>
    public async Task RunAsync(
        OpenPairingRequest request,
        ChannelWriter<PairingEvent> events,
        CancellationToken cancellation
    )
    {
        if (_open)
        {
            events.TryWrite(
                new Control.PairingFailed(
                    ControlErrors.Busy,
                    "A pairing is open already.",
                    "Cancel it, or wait until it ends."
                )
            );
            return;
        }
        _open = true;
        try
        {
            var ended = await OpenAsync(request, events, cancellation);
            _log.PairingEnded(ended is PairingDone ? "paired" : ((Control.PairingFailed)ended).Code);
            events.TryWrite(ended);
        }
        catch (OperationCanceledException)
        {
            _log.PairingEnded(ControlErrors.Withdrawn);
            events.TryWrite(new Control.PairingFailed(ControlErrors.Withdrawn, "The code was withdrawn.", null));
        }
        catch (StoreException failure)
        {
            events.TryWrite(
                new Control.PairingFailed(
                    ControlErrors.Storage,
                    failure.Message,
                    "Nothing was paired. Free the disk and try again."
                )
            );
        }
        finally
        {
            _open = false;
        }
    }

    private async ValueTask<PairingEvent> OpenAsync(
        OpenPairingRequest request,
        ChannelWriter<PairingEvent> events,
        CancellationToken cancellation
    )
    {
        if (!device.Circle.Roster.MayAdd(device.Id))
        {
            return PairingProblems.Full;
        }
        var withCode = !_wrongCodes.AreTooMany(device.Now);
        var (opened, problem) = await PairingPlaces.OpenAsync(ports, device, presence, withCode, cancellation);
        if (opened is null)
        {
            return problem!;
        }
        await using var places = opened;

        var pairingId = NewPairingId();
        using var expiry = new CancellationTokenSource(Limits.PairingOpen, ports.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, cancellation);
        _log.PairingOpened();
        await events.WriteAsync(
            new PairingOpened(pairingId, places.Code?.Reveal(), places.Link.Reveal(), device.Now + Limits.PairingOpen),
            cancellation
        );

        var runs = new PairingRuns(ports.Random);
        try
        {
            return await MeetAsync(request, pairingId, events, places.Incoming, runs, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Control.PairingFailed(
                ControlErrors.Expired,
                "The code expired.",
                "Run `toss pair` again for a new one."
            );
        }
        finally
        {
            runs.Dispose();
            _questions.Remove(pairingId);
        }
    }

    private async ValueTask<PairingEvent> MeetAsync(
        OpenPairingRequest request,
        string pairingId,
        ChannelWriter<PairingEvent> events,
        ChannelReader<PairingArrival> incoming,
        PairingRuns runs,
        CancellationToken cancellation
    )
    {
        var wrong = 0;
        await foreach (var (place, code, payload) in incoming.EachAsync(cancellation))
        {
            if (payload.Payload is not { } message)
            {
                runs.End(place, payload.Run);
                continue;
            }
            var run = runs.Get(place, payload.Run, code);
            if (run is null)
            {
                continue;
            }
            if (run.Inviter.Channel is { } channel)
            {
                if (
                    run.Joiner is null
                    && channel.TryOpen(message.Span, out var hello)
                    && Accepts(channel, hello, out var newcomer)
                )
                {
                    if (device.Circle.Roster.IsRevoked(newcomer.Device))
                    {
                        // Revokes are for good. It proved the code: it hears so, instead of waiting for an answer.
                        await place.SendAsync(
                            payload.Run,
                            channel.Seal(new PairingPayload { Declined = new Declined() }),
                            cancellation
                        );
                        return PairingProblems.Removed(newcomer.Name);
                    }
                    run.Joiner = newcomer;
                    var ended = await DecideAsync(
                        request,
                        pairingId,
                        events,
                        place,
                        run,
                        payload.Run,
                        newcomer,
                        incoming,
                        cancellation
                    );
                    if (ended is not null)
                    {
                        return ended;
                    }
                }
                runs.End(place, payload.Run);
                continue;
            }
            if (run.Inviter.TryHandle(message.Span, out var answer))
            {
                await place.SendAsync(payload.Run, answer!, cancellation);
                if (run.Inviter.Channel is { } opened)
                {
                    await place.SendAsync(payload.Run, opened.Seal(Hello(opened)), cancellation);
                }
                continue;
            }
            var failure = run.Inviter.Failure;
            await place.SendAsync(payload.Run, PairingProblems.Message(failure), cancellation);
            runs.End(place, payload.Run);
            if (failure == PairingFailure.NewerVersion)
            {
                return new Control.PairingFailed(
                    ControlErrors.UpdateNeeded,
                    "The other device runs a newer Toss.",
                    "Update Toss on this device."
                );
            }
            // A wrong proof over the link is no guess: nobody finds 128 bits, and nobody may burn them.
            if (failure == PairingFailure.WrongCode && code.Kind == PairingKind.Code)
            {
                wrong++;
                _wrongCodes.Note(device.Now);
                if (wrong >= Limits.PairingTries || _wrongCodes.AreTooMany(device.Now))
                {
                    return PairingProblems.CodeClosed;
                }
                await events.WriteAsync(
                    new PairingWarning("A wrong code was entered.", Limits.PairingTries - wrong),
                    cancellation
                );
            }
        }
        return new Control.PairingFailed(
            ControlErrors.RelayUnreachable,
            "The relay closed the pairing.",
            "Run `toss pair` again."
        );
    }

    /// <summary>Asks, stores, sends. A no ends the pairing as a yes does: a code is for one device.</summary>
    private async ValueTask<PairingEvent?> DecideAsync(
        OpenPairingRequest request,
        string pairingId,
        ChannelWriter<PairingEvent> events,
        IRendezvous place,
        PairingRuns.Run run,
        ulong runId,
        DeviceCard newcomer,
        ChannelReader<PairingArrival> incoming,
        CancellationToken cancellation
    )
    {
        var channel = run.Inviter.Channel!;
        if (!request.AcceptAll)
        {
            var question = new Waiter<bool>();
            _questions[pairingId] = question;
            await events.WriteAsync(
                new PairingConfirm(pairingId, newcomer.Name, newcomer.Device.Fingerprint),
                cancellation
            );
            if (!await question.WaitAsync(cancellation))
            {
                await place.SendAsync(
                    runId,
                    channel.Seal(new PairingPayload { Declined = new Declined() }),
                    cancellation
                );
                return new Control.PairingFailed(ControlErrors.Declined, "The device was not added.", null);
            }
        }
        var add = await circle.AdmitAsync(newcomer, cancellation);
        await place.SendAsync(
            runId,
            channel.Seal(new PairingPayload { Admitted = new Admitted { Add = add } }),
            cancellation
        );
        await AwaitDoneAsync(place, run, runId, newcomer, incoming, cancellation);
        return new PairingDone(newcomer.Device.ToString(), newcomer.Name);
    }

    /// <summary>The newcomer's "Done". Without it the Add is stored all the same; the mailbox tells, or ten minutes revoke it.</summary>
    private async ValueTask AwaitDoneAsync(
        IRendezvous place,
        PairingRuns.Run run,
        ulong runId,
        DeviceCard newcomer,
        ChannelReader<PairingArrival> incoming,
        CancellationToken cancellation
    )
    {
        using var limit = new CancellationTokenSource(DoneWait, ports.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await foreach (var (from, _, payload) in incoming.EachAsync(either.Token))
            {
                if (from != place || payload.Run != runId)
                {
                    continue;
                }
                if (payload.Payload is not { } message)
                {
                    return;
                }
                if (
                    run.Inviter.Channel!.TryOpen(message.Span, out var done)
                    && done.PayloadCase == PairingPayload.PayloadOneofCase.Done
                )
                {
                    await circle.ConfirmAsync(newcomer.Device, cancellation);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stored already: neither a slow newcomer nor Ctrl-C takes the Add back.
        }
    }

    private PairingPayload Hello(PairingChannel channel)
    {
        var hello = new InviterHello
        {
            Card = device.Circle.CardOf(device.Id)!.Signed,
            Genesis = device.Circle.Roster.Genesis,
            TranscriptSignature = Google.Protobuf.ByteString.CopyFrom(channel.SignTranscript(device.Key)),
            Relay = device.Record.Relay?.AbsoluteUri ?? "",
            RelayToken = device.Record.RelayToken ?? "",
        };
        hello.Adds.AddRange(device.Circle.Roster.ChainTo(device.Id) ?? []);
        return new PairingPayload { Inviter = hello };
    }

    private bool Accepts(PairingChannel channel, PairingPayload payload, out DeviceCard newcomer)
    {
        newcomer = null!;
        return payload.PayloadCase == PairingPayload.PayloadOneofCase.Joiner
            && DeviceCard.TryRead(payload.Joiner.Card, device.Circle.Id, out newcomer)
            && newcomer.Device != device.Id
            && channel.VerifyTranscript(newcomer.Card.DeviceKey.Span, payload.Joiner.TranscriptSignature.Span);
    }

    private string NewPairingId()
    {
        Span<byte> bytes = stackalloc byte[8];
        ports.Random.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
