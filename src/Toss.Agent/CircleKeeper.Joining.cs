using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Agent;

// The joiner's half of pairing: the inviter is held as pending, until its Add comes by whichever way.
internal sealed partial class CircleKeeper
{
    /// <summary>
    /// Holds the inviter as pending; it gets no right by that. This device's home is <paramref name="own"/>, or else
    /// <paramref name="met"/>, where it met the inviter and <paramref name="token"/> lets it in; none if there is neither.
    /// </summary>
    public async ValueTask<DeviceCard> HoldInviterAsync(
        PendingInviter pending,
        DeviceCard inviter,
        Uri? own,
        Uri? met,
        string? token,
        CancellationToken cancellation
    ) =>
        await keeper.WithRecordAsync(
            async record =>
            {
                var moved = MailboxPlan.Move(Device.WithLivesWithCircle(record, own is null), own ?? met, ports.Random);
                var prepared = device.WithMailboxes(moved, [inviter]);
                if (token is not null && met is not null)
                {
                    // The inviter may call its relay by another name than we did.
                    prepared = MailboxPlan.WithToken(prepared, met, token);
                    prepared = MailboxPlan.WithToken(prepared, inviter.Home ?? met, token);
                }
                var (next, card) = device.IssueCard(prepared, SignedStatements.IdOf(pending.Genesis));
                await ports.Store.CommitAsync(
                    StoreStep.HoldInviter,
                    [new PutDevice(next), new PutPendingInviter(pending)],
                    cancellation
                );
                device.Pending = pending;
                return (next, card);
            },
            cancellation
        );

    /// <summary>The Add came over the pairing channel: this device becomes a member, in one commit.</summary>
    public async ValueTask<bool> EnterAsync(
        CircleState entered,
        IReadOnlyList<StoreWrite> writes,
        StoreStep step,
        CancellationToken cancellation
    )
    {
        if (!entered.SelfIsMember)
        {
            return false;
        }
        await keeper.WithRecordAsync<bool>(
            async record =>
            {
                // The Add may come by both ways at once: the second joins what the first brought, and takes nothing away.
                if (device.Circle.Id == entered.Id)
                {
                    entered = CircleChange.Of(device.Circle, entered.Roster.Statements, entered.Cards).Preview;
                }
                // Of those that left before it came, nobody knows this device.
                var joining =
                    device.Circle.Id == entered.Id ? record : record with { BeaconGone = entered.Roster.Gone };
                var (next, card) = device.IssueCard(joining, entered.Id);
                List<StoreWrite> all =
                [
                    new PutCircle(entered.Roster.Genesis),
                    new PutDevice(next),
                    new PutStatements([.. entered.Roster.Statements]),
                    .. entered.Peers.Select(peer => new PutCard(peer.Device, peer.Signed, peer.Version)),
                    new PutCard(device.Id, card.Signed, card.Version),
                    new PutPendingInviter(null),
                    .. writes,
                ];
                if (await ports.Store.CommitAsync(step, all, cancellation) == CommitResult.Conflict)
                {
                    throw new StoreException(StoreFailure.Busy, "Another process changed this device's sessions.");
                }
                device.Circle = entered.With(card);
                device.Pending = null;
                return (next, true);
            },
            cancellation
        );
        foreach (var peer in device.Circle.Peers)
        {
            _log.Joined(peer.Device.Short);
        }
        device.RaiseChanged();
        Joined?.Invoke();
        return true;
    }

    /// <summary>An envelope from the pending inviter: its roster may hold the Add that the pairing channel lost.</summary>
    public async ValueTask<ArrivalEffect> EnterPendingAsync(
        OpenedEnvelope opened,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var pending = opened.PendingCircle!;
        if (opened.Plaintext!.BodyCase != EnvelopePlaintext.BodyOneofCase.Roster)
        {
            return new ArrivalEffect("Not a member yet");
        }
        var update = opened.Plaintext.Roster;
        var change = CircleChange.Of(pending, update.Roster?.Statements ?? [], ReadCards(update, pending.Id));
        var received = new ReceivedRecord(
            opened.Peer!.Value,
            opened.Message!.Value,
            opened.Hash!.Value,
            Clip: null,
            Receipt.Types.Outcome.Kept,
            RefusalReason.None,
            ReceiptDue: true,
            device.Now,
            ReceiptSentAt: null
        );
        var entered = await EnterAsync(
            change.Preview,
            [.. writes, new InsertReceived(received)],
            StoreStep.JoinCircle,
            cancellation
        );
        opened.Release();
        return new ArrivalEffect(entered ? "Joined" : "Not a member yet");
    }

    /// <summary>Gives up on an inviter that never answered, or that was refused.</summary>
    public async ValueTask DropPendingAsync(CancellationToken cancellation)
    {
        if (device.Pending is not null)
        {
            await ports.Store.CommitAsync(StoreStep.HoldInviter, [new PutPendingInviter(null)], cancellation);
            device.Pending = null;
            device.RaiseChanged();
        }
    }
}
