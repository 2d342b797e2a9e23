using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>
/// A circle as its members tell it to one another: the whole roster, and as many Cards as an envelope holds beside it. Each
/// part stands by itself, in whatever order they come: a Card counts only with the Adds that lead to its device.
/// </summary>
public static class RosterParts
{
    /// <summary>At least one; more if not all Cards fit into one.</summary>
    public static IReadOnlyList<RosterUpdate> Of(CircleState circle)
    {
        var roster = circle.Roster.ToWire();
        var parts = new List<RosterUpdate> { new() { Roster = roster } };
        var size = parts[0].CalculateSize();
        foreach (var card in circle.Cards.Where(card => circle.Roster.IsMember(card.Device)))
        {
            // With its tag and length.
            var more = card.Signed.CalculateSize() + 8;
            if (size + more > Limits.RosterUpdate && parts[^1].Cards.Count > 0)
            {
                parts.Add(new RosterUpdate { Roster = roster });
                size = parts[^1].CalculateSize();
            }
            parts[^1].Cards.Add(card.Signed);
            size += more;
        }
        return parts;
    }
}
