using Toss.Core.Ports;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>How devices leave a circle: removed by another, by their own wish, or because they never finished joining.</summary>
internal sealed class Departure(
    Device device,
    CircleKeeper circle,
    Courier courier,
    Farewells farewells,
    PeerPresence presence
)
{
    // How long this device had listened when it first looked at a newcomer that nobody confirmed yet.
    private readonly Dictionary<DeviceId, TimeSpan> _waiting = [];

    /// <summary>
    /// Removes a device for good and tells everybody, itself included: one commit holds the Revoke, rows for those that
    /// stay and farewells for those that do not. Those of its Adds stay that made this device a member, or one of
    /// <paramref name="keep"/>, or whoever led to them.
    /// </summary>
    public async ValueTask RevokeAsync(
        DeviceId subject,
        IReadOnlyCollection<DeviceId> keep,
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
            [.. keep.Append(device.Id).SelectMany(member => AddsUnder(member, subject)).Distinct()],
            device.Now
        );
        var change = CircleChange.Of(device.Circle, [revoke], []);
        var gone = device
            .Circle.Peers.Where(peer => !change.Preview.Roster.IsMember(peer.Device))
            .UnionBy([card], one => one.Device);
        var made = await circle.CommitAsync(
            StoreStep.RevokeDevice,
            change,
            // Those that stay get our new Card. Who goes gets the one it has: a handshake shows it.
            made => [.. circle.Announcements(made, except: subject), .. farewells.Seal(change.Preview, gone)],
            cancellation
        );
        await circle.AdoptAsync(made, cancellation);
        farewells.Wake();
        courier.Wake();
    }

    /// <summary>Leaves: revokes itself, tells the others, and goes on in a circle of its own, all in one commit. History stays.</summary>
    public async ValueTask LeaveAsync(CancellationToken cancellation)
    {
        var revoke = Core.Circle.Roster.SignRevoke(
            device.Key,
            device.Circle.Id,
            device.Key.PublicKey.Span,
            AddsToKeep(),
            device.Now
        );
        var left = device.Circle.With(device.Circle.Roster.Merge([revoke], out _));
        await circle.FoundOwnAsync(left, removed: false, cancellation);
    }

    /// <summary>
    /// The subject's Adds of this member and of whoever brought it in: without them the Revoke would remove it too, and of
    /// this device its own signer.
    /// </summary>
    private IEnumerable<StatementId> AddsUnder(DeviceId member, DeviceId subject)
    {
        var direct = device.Circle.Roster.AddsBy(subject).Where(add => add.Subject == member).Select(add => add.Id);
        var chain = device.Circle.Roster.ChainTo(member) ?? [];
        return chain
            .Where(add => SignedStatements.IdOf(add.Signer.Span) == subject)
            .Select(SignedStatements.IdOf)
            .Union(direct);
    }

    /// <summary>Who leaves takes nobody along: the devices it added stay, those excepted that never finished joining.</summary>
    private IEnumerable<StatementId> AddsToKeep() =>
        device
            .Circle.Roster.AddsBy(device.Id)
            .Where(add => !device.Record.Settings.ContainsKey(CircleKeeper.Unconfirmed + add.Subject))
            .Select(add => add.Id);

    /// <summary>The time of a newcomer that nobody confirmed yet runs from here.</summary>
    public void NoteNewcomers()
    {
        var unconfirmed = Unconfirmed().Select(one => one.Newcomer).ToHashSet();
        foreach (var confirmed in _waiting.Keys.Where(newcomer => !unconfirmed.Contains(newcomer)))
        {
            _waiting.Remove(confirmed);
        }
        foreach (var newcomer in unconfirmed)
        {
            _ = _waiting.TryAdd(newcomer, presence.Listened);
        }
    }

    /// <summary>
    /// Revokes newcomers that never confirmed: neither side then holds the other. Their time runs while this device could have
    /// heard them: what was said meanwhile lies in its mailbox, and is read before anybody is revoked.
    /// </summary>
    public async ValueTask RevokeUnconfirmedAsync(CancellationToken cancellation)
    {
        foreach (var (newcomer, addedAt) in Unconfirmed())
        {
            if (
                presence.Listened - _waiting.GetValueOrDefault(newcomer, presence.Listened) > Limits.PairingUnconfirmed
                // From the future: the clock was set back since, and nobody can say how long it has been.
                && Math.Abs(device.Now.ToUnixTimeMilliseconds() - addedAt) > Limits.PairingUnconfirmed.TotalMilliseconds
            )
            {
                // Revoked already, if an earlier run ended before it could note so.
                if (!device.Circle.Roster.IsRevoked(newcomer))
                {
                    await RevokeAsync(newcomer, [], cancellation);
                }
                await circle.ConfirmAsync(newcomer, cancellation);
                _waiting.Remove(newcomer);
            }
        }
    }

    private List<(DeviceId Newcomer, long AddedAt)> Unconfirmed()
    {
        var found = new List<(DeviceId, long)>();
        foreach (var (key, value) in device.Record.Settings)
        {
            if (
                key.StartsWith(CircleKeeper.Unconfirmed, StringComparison.Ordinal)
                && DeviceId.TryParse(key.AsSpan(CircleKeeper.Unconfirmed.Length), out var newcomer)
                && long.TryParse(value, out var addedAt)
            )
            {
                found.Add((newcomer, addedAt));
            }
        }
        return found;
    }
}
