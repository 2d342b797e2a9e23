using Toss.Core.Ports;
using Toss.Crypto.Identity;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>Opens rendezvous over the connection there is, and enters them over one made for the occasion.</summary>
internal sealed class MeetingPlaces(NetworkContext context, RelayEvents events, RelayVisits visits)
{
    public ValueTask<RendezvousResult> OpenAsync(
        RelayConnection? home,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    ) =>
        home is null
            ? new(new RendezvousResult(RendezvousStatus.NoRelay, null))
            : MeetAsync(
                home,
                session => session.OpenRendezvous(slot),
                static () => ValueTask.CompletedTask,
                cancellation
            );

    /// <summary>
    /// As a guest with a throw-away key: nothing of the newcomer's own changes before it knows whom it met, and its mailbox
    /// there, if it has one, is not disturbed.
    /// </summary>
    public async ValueTask<RendezvousResult> JoinAsync(
        Uri named,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        if (RelayUrl.Normal(named) is not { } relay)
        {
            return new RendezvousResult(RendezvousStatus.Refused, null);
        }
        var (privateKey, publicKey, _) = SignedStatements.NewMailboxKey(context.Random);
        var guest = new RelayAccount(relay, privateKey, publicKey, Token: null);
        if (await visits.BeginAsync(guest, cancellation) is not { } connection)
        {
            return new RendezvousResult(RendezvousStatus.Unreachable, null);
        }
        RendezvousResult? met = null;
        try
        {
            return met = await MeetAsync(
                connection,
                session => session.JoinRendezvous(slot),
                connection.DisposeAsync,
                cancellation
            );
        }
        finally
        {
            if (met?.Rendezvous is null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private async ValueTask<RendezvousResult> MeetAsync(
        RelayConnection connection,
        Func<RelaySession, ulong> ask,
        Func<ValueTask> left,
        CancellationToken cancellation
    )
    {
        RelayRendezvous? rendezvous = null;
        var answered = await connection.AskAsync(
            ask,
            cancellation,
            answer =>
            {
                if (answer.Answer == RelayAnswer.Accepted)
                {
                    // Now, and not when this method goes on: the first message may follow at once.
                    rendezvous = new RelayRendezvous(connection, answer.Payload, LeaveAsync);
                    events.Add(rendezvous);
                }
            }
        );
        return answered?.Answer switch
        {
            null => new RendezvousResult(RendezvousStatus.Unreachable, null),
            RelayAnswer.Accepted => new RendezvousResult(RendezvousStatus.Ok, rendezvous),
            RelayAnswer.NoSlot => new RendezvousResult(RendezvousStatus.NoSuchSlot, null),
            RelayAnswer.TooMany => new RendezvousResult(RendezvousStatus.TooManyTries, null),
            _ => new RendezvousResult(RendezvousStatus.Refused, null),
        };

        ValueTask LeaveAsync(RelayRendezvous closed)
        {
            events.Remove(closed);
            return left();
        }
    }
}
