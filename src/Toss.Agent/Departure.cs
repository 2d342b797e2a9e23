using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Crypto.Envelopes;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>How devices leave a circle: removed by another, by their own wish, or because they never finished joining.</summary>
internal sealed class Departure(AgentPorts ports, Device device, CircleKeeper circle, SealStep sealing, Courier courier)
{
    /// <summary>How long a farewell may take to reach the mailboxes before we go on without.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Removes a device for good and tells everybody, itself included. The Revoke is durable first; what cannot be sent to
    /// the removed device now is not kept for it. Beside <paramref name="keeps"/> stay those of its Adds that made this
    /// device a member.
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
            [.. keeps.Union(AddsWeStandOn(subject))],
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
            envelope = result.Status == SealStatus.Sealed ? result.Envelope : null;
        }
        List<StoreWrite> writes = [.. change.Writes(device.Circle), .. circle.Announcements(change, except: subject)];
        await ports.Store.CommitAsync(StoreStep.RevokeDevice, writes, cancellation);
        // Out of memory at once: a clip copied while the farewell is on its way is not for the removed device.
        using var limit = new CancellationTokenSource(Farewell, ports.Time);
        await circle.AdoptAsync(change, cancellation, () => SendFarewellAsync(card, envelope, limit.Token));
        courier.Wake();
    }

    private async ValueTask SendFarewellAsync(DeviceCard to, byte[]? envelope, CancellationToken limit)
    {
        if (envelope is null)
        {
            return;
        }
        try
        {
            await ports.Network.SendAsync(to.Device, envelope, Limits.Delivery, limit);
        }
        catch (OperationCanceledException)
        {
            // It is removed all the same, and finds out when nobody answers.
        }
    }

    /// <summary>
    /// Leaves: revokes itself, tells the others, and founds a circle of its own. History stays. Durable before the first is
    /// told, so that neither a crash nor Ctrl-C leaves a device that the others removed and that does not know it: the
    /// next start founds the circle that this one did not get to.
    /// </summary>
    public async ValueTask LeaveAsync(CancellationToken cancellation)
    {
        var revoke = Core.Circle.Roster.SignRevoke(
            device.Key,
            device.Circle.Id,
            device.Key.PublicKey.Span,
            AddsToKeep(),
            device.Now
        );
        var roster = device.Circle.Roster.Merge([revoke], out var revoked);
        await ports.Store.CommitAsync(StoreStep.RevokeDevice, [new PutStatements(revoked)], cancellation);
        // From here on no copy is for the others any more, however long the farewell takes.
        device.Circle = device.Circle.With(roster);
        var goodbye = new EnvelopePlaintext { Roster = new RosterUpdate { Roster = roster.ToWire() } };
        using var limit = new CancellationTokenSource(Farewell, ports.Time);
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
                    limit.Token
                );
                await SendFarewellAsync(peer, result.Status == SealStatus.Sealed ? result.Envelope : null, limit.Token);
            }
        }
        catch (Exception untold) when (untold is OperationCanceledException or StoreException)
        {
            // Those that could not be told find out when they next write: nobody answers.
        }
        if (!device.Circle.SelfIsMember)
        {
            await circle.FoundOwnAsync(CancellationToken.None);
        }
        device.RaiseChanged();
    }

    /// <summary>
    /// The subject's Adds of this device and of whoever brought it in: without them the Revoke would remove its own signer.
    /// </summary>
    private IEnumerable<StatementId> AddsWeStandOn(DeviceId subject)
    {
        var ours = device.Circle.Roster.AddsBy(subject).Where(add => add.Subject == device.Id).Select(add => add.Id);
        var chain = device.Circle.Roster.ChainTo(device.Id) ?? [];
        return chain
            .Where(add => SignedStatements.IdOf(add.Signer.Span) == subject)
            .Select(SignedStatements.IdOf)
            .Union(ours);
    }

    /// <summary>Who leaves takes nobody along: the devices it added stay, those excepted that never finished joining.</summary>
    private IEnumerable<StatementId> AddsToKeep() =>
        device
            .Circle.Roster.AddsBy(device.Id)
            .Where(add => !device.Record.Settings.ContainsKey(CircleKeeper.Unconfirmed + add.Subject))
            .Select(add => add.Id);

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
                // Revoked already, if an earlier run ended before it could note so.
                if (!device.Circle.Roster.IsRevoked(newcomer))
                {
                    await RevokeAsync(newcomer, [], cancellation);
                }
                await circle.ConfirmAsync(newcomer, cancellation);
            }
        }
    }
}
