using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>
/// At which relays a device has a mailbox: at its home; at its companions' homes, so that of two devices each can be
/// written to where the other is; and where it was before, for as long as something may wait there or somebody may look
/// for it there. A plan from what is known now: revised again, it stays the same.
/// </summary>
public static class MailboxPlan
{
    /// <summary>Another home, or none. The token stays behind with the relay that wanted it.</summary>
    public static DeviceRecord Move(DeviceRecord record, Uri? home, IRandomSource random)
    {
        if (home == record.Relay)
        {
            return record;
        }
        var mailboxes = record
            .Mailboxes.Select(mailbox =>
                mailbox.Relay == record.Relay ? mailbox with { Token = record.RelayToken } : mailbox
            )
            .ToList();
        if (home is not null && mailboxes.All(mailbox => mailbox.Relay != home))
        {
            mailboxes.Add(NewKey(home, random));
        }
        return record with
        {
            Mailboxes = mailboxes,
            Relay = home,
            // A first home takes the token that was set before it.
            RelayToken = record.Relay is null
                ? record.RelayToken
                : mailboxes.FirstOrDefault(mailbox => mailbox.Relay == home)?.Token,
        };
    }

    /// <summary>The record with what a relay wants to be shown, if we have a mailbox there.</summary>
    public static DeviceRecord WithToken(DeviceRecord record, Uri relay, string token) =>
        record with
        {
            RelayToken = relay == record.Relay ? token : record.RelayToken,
            Mailboxes =
            [
                .. record.Mailboxes.Select(mailbox =>
                    mailbox.Relay == relay ? mailbox with { Token = token } : mailbox
                ),
            ],
        };

    /// <summary>
    /// The record with the mailboxes it should have now; the same record if it has them. <paramref name="others"/> are the
    /// Cards of all companions.
    /// </summary>
    public static DeviceRecord Revise(
        DeviceRecord record,
        IReadOnlyList<DeviceCard> others,
        DateTimeOffset now,
        IRandomSource random
    )
    {
        var homes = others.Select(card => card.Home).OfType<Uri>().Distinct().ToList();
        var used = new List<MailboxKey>();
        var former = new List<MailboxKey>();
        foreach (var mailbox in record.Mailboxes)
        {
            if (mailbox.Relay == record.Relay)
            {
                used.Insert(0, WithUntil(mailbox, null));
            }
            else if (homes.Contains(mailbox.Relay))
            {
                used.Add(WithUntil(mailbox, null));
            }
            else
            {
                var until = mailbox.Until ?? now + Limits.FormerMailbox;
                if (until > now || others.Any(card => LooksForUsAt(card, mailbox.Relay, record.Relay)))
                {
                    former.Add(WithUntil(mailbox, until));
                }
            }
        }
        foreach (var home in homes.Prepend(record.Relay).OfType<Uri>())
        {
            // A companion's home beyond the limit does without us: it has a mailbox at ours.
            if (
                used.All(mailbox => mailbox.Relay != home)
                && (home == record.Relay || used.Count + former.Count < Limits.MailboxesPerDevice)
            )
            {
                used.Insert(home == record.Relay ? 0 : used.Count, NewKey(home, random));
            }
        }
        List<MailboxKey> planned =
        [
            .. used.Concat(former.OrderByDescending(mailbox => mailbox.Until)).Take(Limits.MailboxesPerDevice),
        ];
        return planned.SequenceEqual(record.Mailboxes, ReferenceEqualityComparer.Instance)
            ? record
            : record with
            {
                Mailboxes = planned,
            };
    }

    /// <summary>
    /// A companion that was away when we moved: its Card knows the relay where we were and not the one where we are, so
    /// the only place where it can hear of the move is the former one.
    /// </summary>
    private static bool LooksForUsAt(DeviceCard card, Uri relay, Uri? home) =>
        home is not null && card.HasMailboxAt(relay) && !card.HasMailboxAt(home);

    private static MailboxKey WithUntil(MailboxKey mailbox, DateTimeOffset? until) =>
        mailbox.Until == until ? mailbox : mailbox with { Until = until };

    private static MailboxKey NewKey(Uri relay, IRandomSource random)
    {
        var (privateKey, publicKey, _) = SignedStatements.NewMailboxKey(random);
        return new MailboxKey(relay, privateKey, publicKey);
    }
}
