using Toss.Core.Ports;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>
/// Connections made for one occasion, at a relay where this device may have no mailbox and under a key that is not its own:
/// its place there, if it has one, is not disturbed.
/// </summary>
internal sealed class RelayVisits(NetworkContext context, RelayEvents events)
{
    /// <summary>How long the occasion waits for the relay.</summary>
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(15);

    /// <summary>The connection, which is the caller's to end; null if the relay is not there, or says no.</summary>
    public async ValueTask<RelayConnection?> BeginAsync(RelayAccount guest, CancellationToken cancellation)
    {
        var connection = new RelayConnection(guest.Relay, RelayLogin.Of(guest), guest: true, context, events);
        var ready = false;
        connection.Start();
        try
        {
            ready = await events.WaitReadyAsync(connection, ReadyWithin, cancellation);
            return ready ? connection : null;
        }
        finally
        {
            if (!ready)
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>
    /// Leaves an envelope in a mailbox: over the connection that this device has there, or as a guest if it has none or is not
    /// let in.
    /// </summary>
    public async ValueTask<SendResult> LeaveAsync(
        RelayConnection? own,
        RelayAccount? guest,
        MailboxId to,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        var refused = new SendResult(SendStatus.NoPath);
        if (own is { IsRefused: false })
        {
            refused = await DeliverAsync(own);
            // A relay that is away is so for a guest too.
            if (refused.Status != SendStatus.NotAllowed)
            {
                return refused;
            }
        }
        if (
            guest is null
            || RelayUrl.Normal(guest.Relay) is not { } relay
            || await BeginAsync(guest with { Relay = relay }, cancellation) is not { } connection
        )
        {
            return refused;
        }
        await using (connection)
        {
            return await DeliverAsync(connection);
        }

        async ValueTask<SendResult> DeliverAsync(RelayConnection over) =>
            RelaySendResult.Of(await over.AskAsync(session => session.Deliver(to, timeToLive, envelope), cancellation));
    }
}
