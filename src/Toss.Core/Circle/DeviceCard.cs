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

    /// <summary>The relay that this device calls its own; null if it names none that may be dialled.</summary>
    public Uri? Home => Card.Mailboxes.Count > 0 ? AddressOf(Card.Mailboxes[0])?.Relay : null;

    /// <summary>What lets this device's companions in at its home, if that relay wants a token.</summary>
    public string? HomeToken => Card.Mailboxes is [{ Token.Length: > 0 } home, ..] ? home.Token : null;

    /// <summary>Where it is written to: at its home first. Relays that may not be dialled are left out.</summary>
    public IReadOnlyList<PeerAddress> Addresses =>
        [.. Card.Mailboxes.Select(AddressOf).OfType<PeerAddress>().DistinctBy(address => address.Relay)];

    /// <summary>Who may leave a farewell at each of these addresses.</summary>
    public RelayAccount DoorOf(PeerAddress address)
    {
        var (privateKey, publicKey) = MailboxDoor.KeyOf(Card.BeaconKey.Span, address.Mailbox);
        return new RelayAccount(address.Relay, privateKey, publicKey, address.Relay == Home ? HomeToken : null);
    }

    public bool HasMailboxAt(Uri relay) => Addresses.Any(address => address.Relay == relay);

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
            || body.Mailboxes.Count > Limits.MailboxesPerDevice
            || body.Mailboxes.Any(mailbox =>
                mailbox.Relay.Length > Limits.RelayUrl
                || mailbox.MailboxId.Length != MailboxId.Size
                || mailbox.Token.Length > Limits.RelayToken
            )
            || !SignedStatements.Verify(Labels.Card, signed)
        )
        {
            return false;
        }
        card = new DeviceCard(SignedStatements.IdOf(signed.Signer.Span), body, signed);
        return true;
    }

    private PeerAddress? AddressOf(MailboxAddress named) =>
        RelayAddress.TryParse(named.Relay, out var relay, out _)
        && MailboxId.TryFrom(named.MailboxId.Span, out var mailbox)
            ? new PeerAddress(Device, relay, mailbox)
            : null;
}
