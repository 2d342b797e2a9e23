using Microsoft.Extensions.Logging;
using Toss.Agent.Histories;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Stage 11: decides what an opened envelope does, and commits it in one transaction with its session and receipt.</summary>
internal sealed class ArrivalStep(
    AgentPorts ports,
    Device device,
    CircleKeeper circle,
    Courier courier,
    BlobUploads uploads,
    Reunion reunion,
    CloneWatch clones,
    Agreements agreements,
    Signals signals,
    Deletions deletions
)
{
    /// <summary>A receipt is repeated this often: more would let two devices answer each other's repeats for ever.</summary>
    private static readonly TimeSpan RepeatAtMost = TimeSpan.FromMinutes(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<ArrivalStep>();

    public async ValueTask<ArrivalEffect> CommitAsync(OpenedEnvelope opened, CancellationToken cancellation)
    {
        if (opened.Before is { } before)
        {
            return await RepeatAsync(before, cancellation);
        }
        if (opened.Plaintext is not { } plaintext)
        {
            return new ArrivalEffect(opened.Status);
        }
        if (opened.IsFarewell)
        {
            return await circle.HearRemovedAsync(opened, cancellation);
        }
        var writes = new List<StoreWrite>
        {
            new PutSessions(
                opened.Peer!.Value,
                opened.SessionsVersion,
                opened.Sessions!.Serialize(),
                opened.Sessions.Ids
            ),
        };
        writes.AddRange(agreements.Hear(opened.Peer.Value, plaintext));
        if (opened.PendingCircle is not null)
        {
            return await circle.EnterPendingAsync(opened, writes, cancellation);
        }
        var introduced = circle.Introduce(opened.Introduced, writes);
        return plaintext.BodyCase switch
        {
            EnvelopePlaintext.BodyOneofCase.Clip => await ClipAsync(opened, introduced, writes, cancellation),
            EnvelopePlaintext.BodyOneofCase.Receipts => await ReceiptsAsync(opened, introduced, writes, cancellation),
            EnvelopePlaintext.BodyOneofCase.Roster => await circle.MergeAsync(
                opened,
                plaintext.Roster,
                introduced,
                [.. writes, await OnceAsync(opened, Receipt.Types.Outcome.Kept, RefusalReason.None, cancellation)],
                cancellation
            ),
            EnvelopePlaintext.BodyOneofCase.Query => await QueryAsync(
                opened,
                plaintext.Query,
                introduced,
                writes,
                cancellation
            ),
            EnvelopePlaintext.BodyOneofCase.Withdraw => await WithdrawAsync(opened, introduced, writes, cancellation),
            var body when Signals.AreIn(body) => await SignalAsync(opened, introduced, writes, cancellation),
            _ => await NothingAsync(opened, introduced, writes, cancellation),
        };
    }

    private async ValueTask<ArrivalEffect> ClipAsync(
        OpenedEnvelope opened,
        CircleChange introduced,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var peer = opened.Peer!.Value;
        if (await ports.Store.FindReceivedAsync(peer, opened.Message!.Value, cancellation) is { } before)
        {
            // The same message in another envelope: the sender healed its session. It acts once; its receipt is repeated.
            writes.Add(new SetReceiptDue(peer, opened.Message.Value));
            var effect = await UnfinishedAsync("Duplicate", before, cancellation);
            return await DoneAsync(opened, introduced, writes, effect, cancellation);
        }
        // A secret has a way of its own, past every store.
        if (opened.Clip is not { Sensitivity: not Sensitivity.Secret } clip)
        {
            writes.Add(Received(opened, null, Receipt.Types.Outcome.Refused, RefusalReason.Malformed));
            return await DoneAsync(opened, introduced, writes, new ArrivalEffect("Malformed"), cancellation);
        }
        var newest = await ports.Store.NewestClaimAsync(device.PlausibleUntil, cancellation);
        var known = await ports.Store.FindClipAsync(clip.Id, cancellation);
        var decision = Arrival.Decide(
            new ArrivalContext(
                clip,
                introduced.Preview.Roster.IsMember(clip.Origin),
                introduced.Preview.Roster.IsRevoked(clip.Origin),
                known is not null,
                newest?.Clip.Stamp,
                device.IsPaused,
                device.CircleNow,
                device.Rules.Of(SharingDirection.In, clip.Origin, clip),
                device.Rules.IsTooLarge(SharingDirection.In, clip.Origin, clip.Size),
                await ports.Store.IsDeletedAsync(clip.Id, cancellation)
            )
        );
        _log.Arrived(clip.Id.Short, peer.Short, decision.Verdict.ToString());
        switch (decision.Verdict)
        {
            case ArrivalVerdict.Refuse:
                writes.Add(Received(opened, clip.Id, Receipt.Types.Outcome.Refused, decision.Reason));
                return await DoneAsync(
                    opened,
                    introduced,
                    writes,
                    new ArrivalEffect(decision.Reason.ToString()),
                    cancellation
                );
            case ArrivalVerdict.Duplicate when known is { State: not (ClipState.Complete or ClipState.Cancelled) }:
                // Its content is still to come, and this peer may be the one that has it.
                writes.Add(Received(opened, clip.Id, Receipt.Types.Outcome.Unspecified, RefusalReason.None));
                if (known.State == ClipState.Lost)
                {
                    writes.Add(new SetClipState(clip.Id, ClipState.Incomplete, [ClipState.Lost]));
                }
                return await DoneAsync(
                    opened,
                    introduced,
                    writes,
                    new ArrivalEffect("Duplicate", known.Clip, known.Claim),
                    cancellation
                );
            case ArrivalVerdict.Duplicate when known is { State: ClipState.Cancelled }:
                writes.Add(Received(opened, clip.Id, Receipt.Types.Outcome.Refused, RefusalReason.Cancelled));
                return await DoneAsync(opened, introduced, writes, new ArrivalEffect("Cancelled"), cancellation);
            case ArrivalVerdict.Duplicate:
                writes.Add(Received(opened, clip.Id, Receipt.Types.Outcome.Kept, RefusalReason.None));
                return await DoneAsync(opened, introduced, writes, new ArrivalEffect("Duplicate"), cancellation);
            default:
                // The outcome is known, and the receipt goes out, once the clip was applied or kept whole.
                writes.Add(Received(opened, clip.Id, Receipt.Types.Outcome.Unspecified, RefusalReason.None));
                var state = clip.Blobs.Any() ? ClipState.Incomplete : ClipState.Complete;
                writes.Add(new InsertClip(new StoredClip(clip, state, decision.Claim, device.Now)));
                var apply = decision.Verdict == ArrivalVerdict.Apply;
                if (apply)
                {
                    writes.AddRange(device.EndFutureClaims());
                }
                var accepted = new ArrivalEffect(decision.Verdict.ToString(), clip, apply);
                accepted = await DoneAsync(opened, introduced, writes, accepted, cancellation);
                device.Stamps.Observe(clip.Stamp, device.CircleNow);
                return accepted;
        }
    }

    private async ValueTask<ArrivalEffect> ReceiptsAsync(
        OpenedEnvelope opened,
        CircleChange introduced,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var peer = opened.Peer!.Value;
        var peerTime = UnixTime.Of(opened.Plaintext!.SentAtMs);
        var answered = new List<ClipId>();
        clones.SeesCount(opened.Plaintext.Receipts.Received, opened.Sessions!.Sent);
        foreach (var receipt in opened.Plaintext.Receipts.Receipts_.Take(ReceiptSender.Batch))
        {
            if (
                !MessageId.TryFrom(receipt.MessageId.Span, out var message)
                || await ports.Store.FindDeliveryAsync(peer, message, cancellation) is not { } delivery
            )
            {
                continue;
            }
            var state = receipt.Outcome switch
            {
                Receipt.Types.Outcome.Applied => DeliveryState.Applied,
                Receipt.Types.Outcome.Kept => DeliveryState.Kept,
                Receipt.Types.Outcome.Refused => DeliveryState.Refused,
                Receipt.Types.Outcome.Offered => DeliveryState.Offered,
                _ => (DeliveryState?)null,
            };
            if (state is not { } answer)
            {
                continue;
            }
            writes.Add(new MarkDelivery(peer, message, answer, receipt.Reason, device.Now));
            if (delivery.Clip is { } clip)
            {
                answered.Add(clip);
            }
            // A row that was sent again, by healing or after a crash, may be answered by a receipt from long before.
            var age = device.Now - delivery.CreatedAt;
            if (delivery.ChangedAt is { } sealedAt && age >= TimeSpan.Zero && age <= CircleClock.LiveRoundTrip)
            {
                device.CompareClock(peer, peerTime, sealedAt);
            }
        }
        var effect = await DoneAsync(opened, introduced, writes, new ArrivalEffect("Receipts"), cancellation);
        await FreeAnsweredAsync(answered, cancellation);
        return effect;
    }

    /// <summary>Blobs that every peer has need no place at the relay any more.</summary>
    private async ValueTask FreeAnsweredAsync(List<ClipId> answered, CancellationToken cancellation)
    {
        foreach (var id in answered.Distinct())
        {
            var clip = await ports.Store.FindClipAsync(id, cancellation);
            if (clip is null || !clip.Clip.Blobs.Any())
            {
                continue;
            }
            var rows = await ports.Store.DeliveriesOfClipAsync(id, cancellation);
            if (
                rows.All(row =>
                    row.State
                        is DeliveryState.Applied
                            or DeliveryState.Kept
                            or DeliveryState.Refused
                            or DeliveryState.Expired
                )
            )
            {
                await uploads.FreeAsync(clip, cancellation);
            }
        }
    }

    private async ValueTask<ArrivalEffect> QueryAsync(
        OpenedEnvelope opened,
        ClipQuery query,
        CircleChange introduced,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var once = await OnceAsync(opened, Receipt.Types.Outcome.Kept, RefusalReason.None, cancellation);
        writes.Add(once);
        if (once is InsertReceived)
        {
            writes.AddRange(await reunion.AnswerAsync(opened.Peer!.Value, query, cancellation));
        }
        var effect = await DoneAsync(opened, introduced, writes, new ArrivalEffect("Query"), cancellation);
        courier.Wake();
        return effect;
    }

    private async ValueTask<ArrivalEffect> WithdrawAsync(
        OpenedEnvelope opened,
        CircleChange introduced,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var once = await OnceAsync(opened, Receipt.Types.Outcome.Kept, RefusalReason.None, cancellation);
        writes.Add(once);
        if (once is InsertReceived)
        {
            writes.AddRange(await deletions.HearAsync(opened.Plaintext!.Withdraw, cancellation));
        }
        return await deletions.EraseAsync(
            () => DoneAsync(opened, introduced, writes, new ArrivalEffect("Withdraw"), cancellation),
            cancellation
        );
    }

    /// <summary>Neither kept nor receipted: what it is about is said again while it matters.</summary>
    private async ValueTask<ArrivalEffect> SignalAsync(
        OpenedEnvelope opened,
        CircleChange introduced,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var said = opened.Plaintext!;
        var effect = await DoneAsync(
            opened,
            introduced,
            writes,
            new ArrivalEffect(said.BodyCase.ToString()),
            cancellation
        );
        signals.Hear(opened.Peer!.Value, said);
        return effect;
    }

    private async ValueTask<ArrivalEffect> NothingAsync(
        OpenedEnvelope opened,
        CircleChange introduced,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        // A body of a later version: refused, so that its sender knows, and never asked for again.
        writes.Add(await OnceAsync(opened, Receipt.Types.Outcome.Refused, RefusalReason.Malformed, cancellation));
        return await DoneAsync(opened, introduced, writes, new ArrivalEffect("Unknown body"), cancellation);
    }

    private async ValueTask<ArrivalEffect> RepeatAsync(ReceivedRecord before, CancellationToken cancellation)
    {
        // From the future: the clock was set back since, and says nothing.
        if (before.ReceiptSentAt is not { } sentAt || device.Now - sentAt >= RepeatAtMost || device.Now < sentAt)
        {
            await ports.Store.CommitAsync(
                StoreStep.OpenEnvelope,
                [new SetReceiptDue(before.Peer, before.Message)],
                cancellation
            );
        }
        return await UnfinishedAsync("Repeated", before, cancellation);
    }

    /// <summary>The disk may have failed between accepting and applying: then the clip is here, and is applied now.</summary>
    private async ValueTask<ArrivalEffect> UnfinishedAsync(
        string verdict,
        ReceivedRecord before,
        CancellationToken cancellation
    )
    {
        var stored = before is { Outcome: Receipt.Types.Outcome.Unspecified, Clip: { } id }
            ? await ports.Store.FindClipAsync(id, cancellation)
            : null;
        return new ArrivalEffect(verdict, stored?.Clip, stored is { Claim: true });
    }

    private async ValueTask<ArrivalEffect> DoneAsync(
        OpenedEnvelope opened,
        CircleChange introduced,
        List<StoreWrite> writes,
        ArrivalEffect effect,
        CancellationToken cancellation
    )
    {
        var result = await ports.Store.CommitAsync(StoreStep.OpenEnvelope, writes, cancellation);
        if (result == CommitResult.Conflict)
        {
            throw new StoreException(StoreFailure.Busy, "Something else changed what this is about.");
        }
        opened.Release();
        if (await circle.AdoptAsync(introduced, cancellation))
        {
            courier.Wake();
        }
        return effect;
    }

    /// <summary>
    /// What to remember of a message without a clip. One that came before, in another envelope because its sender healed
    /// the session, is answered again: its receipt was lost.
    /// </summary>
    private async ValueTask<StoreWrite> OnceAsync(
        OpenedEnvelope opened,
        Receipt.Types.Outcome outcome,
        RefusalReason reason,
        CancellationToken cancellation
    ) =>
        await ports.Store.FindReceivedAsync(opened.Peer!.Value, opened.Message!.Value, cancellation) is null
            ? Received(opened, null, outcome, reason)
            : new SetReceiptDue(opened.Peer.Value, opened.Message.Value);

    private InsertReceived Received(
        OpenedEnvelope opened,
        ClipId? clip,
        Receipt.Types.Outcome outcome,
        RefusalReason reason
    ) =>
        new(
            new ReceivedRecord(
                opened.Peer!.Value,
                opened.Message!.Value,
                opened.Hash!.Value,
                clip,
                outcome,
                reason,
                ReceiptDue: true,
                device.Now,
                ReceiptSentAt: null
            )
        );
}

/// <summary>What stage 11 did. The clip is set if it is new here; Apply says whether it goes onto the clipboard.</summary>
internal sealed record ArrivalEffect(string Verdict, Clip? Clip = null, bool Apply = false);
