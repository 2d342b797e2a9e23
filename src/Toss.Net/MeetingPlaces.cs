using Toss.Core.Ports;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>Opens and enters rendezvous: over the connection there is, or over one made for the occasion.</summary>
internal sealed class MeetingPlaces(NetworkContext context, RelayEvents events)
{
    /// <summary>How long a newcomer waits for the relay where it wants to meet.</summary>
    private static readonly TimeSpan JoinWithin = TimeSpan.FromSeconds(15);

    public ValueTask<RendezvousResult> OpenAsync(
        RelayConnection connection,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    ) =>
        MeetAsync(
            connection,
            session => session.OpenRendezvous(slot),
            static () => ValueTask.CompletedTask,
            cancellation
        );

    /// <summary><paramref name="own"/> is our connection with this very account, if there is one.</summary>
    public async ValueTask<RendezvousResult> JoinAsync(
        RelayConnection? own,
        RelayAccount account,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        var connection =
            own ?? new RelayConnection(account.Relay, VisitorAccount.LoginOf(account), guest: true, context, events);
        if (own is null)
        {
            connection.Start();
        }
        RendezvousResult? met = null;
        try
        {
            met = await events.WaitReadyAsync(connection, JoinWithin, cancellation)
                ? await MeetAsync(connection, session => session.JoinRendezvous(slot), LeaveAsync, cancellation)
                : new RendezvousResult(RendezvousStatus.Unreachable, null);
            return met;
        }
        finally
        {
            if (met?.Rendezvous is null)
            {
                await LeaveAsync();
            }
        }

        ValueTask LeaveAsync() => own is null ? connection.DisposeAsync() : ValueTask.CompletedTask;
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
