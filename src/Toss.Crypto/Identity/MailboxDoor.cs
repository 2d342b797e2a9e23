using System.Security.Cryptography;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Identity;

/// <summary>
/// The mailbox key under which a farewell is left in somebody's mailbox, at a relay where its sender has none: whoever holds the
/// owner's Card can make it, and the owner lets it deliver and nothing else. A relay knows the mailbox but not the beacon key.
/// </summary>
public static class MailboxDoor
{
    /// <summary>HKDF of the owner's beacon key and mailbox id, so that no key serves at two relays. An Ed25519 seed, and its public half.</summary>
    public static (byte[] PrivateKey, byte[] PublicKey) KeyOf(ReadOnlySpan<byte> beaconKey, MailboxId mailbox)
    {
        var seed = Kdf.Derive(
            beaconKey,
            [],
            new Transcript(Labels.MailboxDoor).Add(mailbox.ToBytes()),
            Ed25519Signature.SeedSize
        );
        return (seed, Ed25519Signature.PublicKeyOf(seed));
    }

    /// <summary>What the owner lets in.</summary>
    public static MailboxId IdOf(ReadOnlySpan<byte> beaconKey, MailboxId mailbox)
    {
        var (seed, publicKey) = KeyOf(beaconKey, mailbox);
        CryptographicOperations.ZeroMemory(seed);
        return SignedStatements.IdOfMailbox(publicKey);
    }
}
