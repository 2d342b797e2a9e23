using Google.Protobuf;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>A device's Card whose signature and bounds were checked. The highest version wins.</summary>
public sealed record DeviceCard(DeviceId Device, Card Card, Signed Signed)
{
    public string Name => Card.Name;

    public ulong Version => Card.Version;

    /// <summary>The mailbox at this relay, or null.</summary>
    public MailboxId? MailboxAt(Uri relay)
    {
        foreach (var address in Card.Mailboxes)
        {
            if (
                Uri.TryCreate(address.Relay, UriKind.Absolute, out var uri)
                && uri == relay
                && MailboxId.TryFrom(address.MailboxId.Span, out var mailbox)
            )
            {
                return mailbox;
            }
        }
        return null;
    }

    /// <summary>Everywhere this device can be written to.</summary>
    public IEnumerable<PeerAddress> Addresses
    {
        get
        {
            foreach (var address in Card.Mailboxes)
            {
                if (
                    Uri.TryCreate(address.Relay, UriKind.Absolute, out var relay)
                    && MailboxId.TryFrom(address.MailboxId.Span, out var mailbox)
                )
                {
                    yield return new PeerAddress(Device, relay, mailbox);
                }
            }
        }
    }

    /// <summary>Signs a new Card.</summary>
    public static DeviceCard Issue(DeviceKey key, Card card)
    {
        var signed = key.Sign(Labels.Card, card.ToByteArray());
        return new DeviceCard(key.Id, card, signed);
    }

    /// <summary>False unless the signature is by the device it names, for this circle, and every field is within bounds.</summary>
    public static bool TryRead(Signed signed, CircleId circle, out DeviceCard card)
    {
        card = null!;
        if (
            signed is null
            || !WireReader.TryRead<Card>(signed.Body.Span, Limits.PairingMessage, out var body)
            || !body.DeviceKey.Span.SequenceEqual(signed.Signer.Span)
            || !CircleId.TryFrom(body.CircleId.Span, out var circleId)
            || circleId != circle
            || !DeviceName.IsValid(body.Name)
            || body.Version == 0
            || body.Prekey is null
            || body.Mailboxes.Count > MailboxesPerCard
            || body.Mailboxes.Any(mailbox =>
                mailbox.Relay.Length > Limits.RelayUrl || mailbox.MailboxId.Length != MailboxId.Size
            )
            || !SignedStatements.Verify(Labels.Card, signed)
        )
        {
            return false;
        }
        card = new DeviceCard(SignedStatements.IdOf(signed.Signer.Span), body, signed);
        return true;
    }

    /// <summary>Relays one device may be reached at: its own, and those of its peers.</summary>
    private const int MailboxesPerCard = 16;
}
