using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Statements and Cards to be added to the circle, and what it looks like with them. Changes commute: one that was made
/// beside another is adopted by union all the same.
/// </summary>
/// <param name="Own">This device's new Card, if the change asks for one.</param>
internal sealed record CircleChange(
    CircleState Preview,
    IReadOnlyList<Signed> Statements,
    IReadOnlyList<DeviceCard> Cards,
    DeviceCard? Own = null
)
{
    public bool IsEmpty => Statements.Count == 0 && Cards.Count == 0;

    /// <summary>Whether somebody is written to elsewhere than before, and writes from elsewhere.</summary>
    public bool Moves(CircleState before) =>
        Cards.Any(card => before.CardOf(card.Device) is { } known && !known.Addresses.SequenceEqual(card.Addresses));

    public static CircleChange None(CircleState circle) => new(circle, [], []);

    /// <summary>Takes what is valid and new; drops the rest.</summary>
    public static CircleChange Of(CircleState circle, IEnumerable<Signed> statements, IEnumerable<DeviceCard> cards)
    {
        var roster = circle.Roster.Merge(statements, out var added);
        var newer = cards
            .Where(card => card.Device != circle.Self && roster.IsMember(card.Device))
            .Where(card => circle.CardOf(card.Device) is not { } known || known.Version < card.Version)
            .ToList();
        var preview = new CircleState(circle.Self, roster, [.. circle.Cards, .. newer]);
        return new CircleChange(preview, added, newer);
    }

    /// <summary>The same with a new Card of this device.</summary>
    public CircleChange WithOwn(DeviceCard card) => this with { Preview = Preview.With(card), Own = card };

    /// <summary>What has to be stored: the change itself, and the end of everything shared with those it removes.</summary>
    public IEnumerable<StoreWrite> Writes(CircleState before)
    {
        if (Statements.Count > 0)
        {
            yield return new PutStatements(Statements);
        }
        foreach (var card in Own is null ? Cards : Cards.Append(Own))
        {
            yield return new PutCard(card.Device, card.Signed, card.Version);
        }
        foreach (var gone in before.Peers.Where(peer => !Preview.Roster.IsMember(peer.Device)))
        {
            yield return new EraseSessions(gone.Device);
            yield return new EraseDeliveries(gone.Device);
        }
    }
}
