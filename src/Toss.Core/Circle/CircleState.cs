using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>The circle as this device sees it: roster and Cards together. Immutable; every change is a new one.</summary>
public sealed class CircleState
{
    private readonly SortedDictionary<DeviceId, DeviceCard> _cards;

    public CircleState(DeviceId self, Roster roster, IEnumerable<DeviceCard> cards)
    {
        Self = self;
        Roster = roster;
        _cards = [];
        foreach (var card in cards)
        {
            if (!_cards.TryGetValue(card.Device, out var known) || known.Version < card.Version)
            {
                _cards[card.Device] = card;
            }
        }
        Peers =
        [
            .. roster
                .Members.Where(member => member != self && _cards.ContainsKey(member))
                .Select(member => _cards[member]),
        ];
    }

    public DeviceId Self { get; }

    public Roster Roster { get; }

    public CircleId Id => Roster.Circle;

    /// <summary>Members with a Card, this device excepted, in id order.</summary>
    public IReadOnlyList<DeviceCard> Peers { get; }

    public IEnumerable<DeviceCard> Cards => _cards.Values;

    public bool SelfIsMember => Roster.IsMember(Self);

    /// <summary>
    /// Devices that were members once, as long as word of theirs may be on its way: the Revoke that two devices made of
    /// each other must reach everybody, whichever was heard first.
    /// </summary>
    public IEnumerable<DeviceCard> Former(DateTimeOffset now) =>
        Roster.LastRevokeAt is { } at && now - at <= Limits.FormerMember && at - now <= Limits.FormerMember
            ? _cards.Values.Where(card => card.Device != Self && !Roster.IsMember(card.Device))
            : [];

    public DeviceCard? CardOf(DeviceId device) => _cards.GetValueOrDefault(device);

    public DeviceCard? Peer(DeviceId device) => device != Self && Roster.IsMember(device) ? CardOf(device) : null;

    public string NameOf(DeviceId device) => CardOf(device)?.Name ?? device.Short;

    public CircleState With(Roster roster) => new(Self, roster, _cards.Values);

    public CircleState With(DeviceCard card) => new(Self, Roster, _cards.Values.Append(card));

    /// <summary>Where each peer is written to, each one's home first.</summary>
    public IReadOnlyList<PeerAddress> Addresses => [.. Peers.SelectMany(peer => peer.Addresses)];
}
