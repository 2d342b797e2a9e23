using System.Net;
using Toss.Wire;

namespace Toss.Transport.Paths;

/// <summary>One route to a peer: a link, or a relay, the peer's home or another where both have a mailbox.</summary>
/// <param name="Kind">How it goes.</param>
/// <param name="Usable">Something can leave on it now.</param>
/// <param name="PeerSeen">When the peer was last seen at the other end; null if it is away or not known.</param>
/// <param name="RoundTrip">Smoothed; null while not measured.</param>
public sealed record PeerPath(PathKind Kind, bool Usable, DateTimeOffset? PeerSeen, TimeSpan? RoundTrip)
{
    /// <summary>The relay, for a path that goes by one.</summary>
    public Uri? Relay { get; init; }

    /// <summary>The mailbox there; none for a circuit.</summary>
    public MailboxId Mailbox { get; init; }

    /// <summary>Among relays: 0 the peer's home, 1 ours, 2 another.</summary>
    public int Rank { get; init; }

    /// <summary>Where the peer is, for a link.</summary>
    public IPEndPoint? Remote { get; init; }

    /// <summary>The part of what was sent on a link that did not arrive; null for relays, whose TCP hides it.</summary>
    public double? Loss { get; init; }

    /// <summary>Whether both lead the same way: over the link, or through one mailbox at one relay.</summary>
    public bool IsSameAs(PeerPath other) =>
        (Relay is null) == (other.Relay is null) && Relay == other.Relay && Mailbox == other.Mailbox;
}

/// <summary>In order of preference.</summary>
public enum PathKind
{
    Lan,
    Direct,

    /// <summary>The peer's mailbox at a relay.</summary>
    Relay,

    /// <summary>A link by a circuit at a relay. After the mailbox: what that accepted is safe, whatever becomes of the peer.</summary>
    Circuit,
}
