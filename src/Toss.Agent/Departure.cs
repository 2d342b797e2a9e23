using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>How devices leave a circle: removed by another, by their own wish, or because they never finished joining.</summary>
internal sealed class Departure(AgentPorts ports, Device device, CircleKeeper circle, SealStep sealing, Courier courier)
{
    /// <summary>How long a farewell may take to reach the mailboxes before we go on without.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Removes a device for good and tells everybody, itself included. The Revoke is durable first; what cannot be sent to
    /// the removed device now is not kept for it.
    /// </summary>
    public async ValueTask RevokeAsync(
        DeviceId subject,
        IReadOnlyList<StatementId> keeps,
        CancellationToken cancellation
    )
    {
        if (device.Circle.CardOf(subject) is not { } card)
        {
            return;
        }
        var revoke = Core.Circle.Roster.SignRevoke(
            device.Key,
            device.Circle.Id,
            card.Card.DeviceKey.Span,
            keeps,
            device.Now
        );
        var change = CircleChange.Of(device.Circle, [revoke], []);
        var farewell = new EnvelopePlaintext { Roster = new RosterUpdate { Roster = change.Preview.Roster.ToWire() } };
        byte[]? envelope = null;
        if (device.Circle.Peer(subject) is { } peer)
        {
            var result = await sealing.SealAsync(
                peer,
                sealing.NewMessageId(),
                farewell,
                StoreStep.SealReceipts,
                _ => [],
                cancellation
            );
            envelope = result.Envelope;
        }
        List<StoreWrite> writes = [.. change.Writes(device.Circle), .. circle.Announcements(change, except: subject)];
        await ports.Store.CommitAsync(StoreStep.RevokeDevice, writes, cancellation);
        if (
            envelope is not null
            && device.Record.Relay is { } relay
            && CircleState.AddressOf(card, relay) is { } address
        )
        {
            await ports.Network.SendAsync(address, envelope, Limits.Delivery, cancellation);
        }
        await circle.AdoptAsync(change, cancellation);
        courier.Wake();
    }

    /// <summary>Leaves: revokes itself, tells the others, and founds a circle of its own. History stays.</summary>
    public async ValueTask LeaveAsync(CancellationToken cancellation)
    {
        var revoke = Core.Circle.Roster.SignRevoke(
            device.Key,
            device.Circle.Id,
            device.Key.PublicKey.Span,
            [],
            device.Now
        );
        var roster = device.Circle.Roster.Merge([revoke], out _);
        var goodbye = new EnvelopePlaintext { Roster = new RosterUpdate { Roster = roster.ToWire() } };
        using var limit = new CancellationTokenSource(Farewell, ports.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            foreach (var peer in device.Circle.Peers)
            {
                var result = await sealing.SealAsync(
                    peer,
                    sealing.NewMessageId(),
                    goodbye,
                    StoreStep.SealReceipts,
                    _ => [],
                    either.Token
                );
                if (
                    result.Envelope is { } envelope
                    && device.Record.Relay is { } relay
                    && CircleState.AddressOf(peer, relay) is { } address
                )
                {
                    await ports.Network.SendAsync(address, envelope, Limits.Delivery, either.Token);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Those that could not be told find out when they next write: nobody answers.
        }
        await circle.FoundOwnAsync(cancellation);
        device.RaiseChanged();
    }

    /// <summary>Revokes newcomers that never confirmed: neither side then holds the other.</summary>
    public async ValueTask RevokeUnconfirmedAsync(CancellationToken cancellation)
    {
        foreach (
            var (key, value) in device
                .Record.Settings.Where(pair => pair.Key.StartsWith(CircleKeeper.Unconfirmed, StringComparison.Ordinal))
                .ToList()
        )
        {
            if (
                DeviceId.TryParse(key.AsSpan(CircleKeeper.Unconfirmed.Length), out var newcomer)
                && long.TryParse(value, out var addedAt)
                && device.Now.ToUnixTimeMilliseconds() - addedAt > Limits.PairingUnconfirmed.TotalMilliseconds
            )
            {
                await RevokeAsync(newcomer, [], cancellation);
                await circle.ConfirmAsync(newcomer, cancellation);
            }
        }
    }
}
