using Toss.Wire;

namespace Toss.Transport.Paths;

/// <summary>One route to a peer. Today always through a relay, the peer's home or another where both have a mailbox.</summary>
/// <param name="Kind">How it goes.</param>
/// <param name="Relay">The relay, for a relayed path.</param>
/// <param name="Mailbox">The mailbox there.</param>
/// <param name="Rank">Among relays: 0 the peer's home, 1 ours, 2 another.</param>
/// <param name="Usable">Something can leave on it now.</param>
/// <param name="PeerSeen">When the peer was last seen at the other end; null if it is away or not known.</param>
/// <param name="RoundTrip">Smoothed; null while not measured.</param>
public sealed record PeerPath(
    PathKind Kind,
    Uri Relay,
    MailboxId Mailbox,
    int Rank,
    bool Usable,
    DateTimeOffset? PeerSeen,
    TimeSpan? RoundTrip
);

/// <summary>In order of preference.</summary>
public enum PathKind
{
    Lan,
    Direct,
    Relay,
}
