using Toss.Wire;

namespace Toss.Net;

/// <summary>Who may write to my mailbox at a relay: peers, and former ones, which may do nothing else.</summary>
internal sealed record AllowList(IReadOnlyList<MailboxId> Peers, IReadOnlyList<MailboxId> Former)
{
    public static readonly AllowList Nobody = new([], []);

    public bool IsSame(AllowList other) => Peers.SequenceEqual(other.Peers) && Former.SequenceEqual(other.Former);
}
