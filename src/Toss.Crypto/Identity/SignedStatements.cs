using System.Security.Cryptography;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Identity;

/// <summary>Checks signatures over exact bytes and names what was signed.</summary>
public static class SignedStatements
{
    /// <summary>SHA-256(label ‖ 0 ‖ public key).</summary>
    public static DeviceId IdOf(ReadOnlySpan<byte> devicePublicKey)
    {
        _ = DeviceId.TryFrom(SHA256.HashData(Ed25519Signature.Labelled(Labels.DeviceId, devicePublicKey)), out var id);
        return id;
    }

    /// <summary>SHA-256 of label and fields, not of one of the serialisations that the fields may have.</summary>
    public static CircleId IdOf(Genesis genesis)
    {
        var hash = new Transcript(Labels.CircleId).Add(genesis.Nonce.Span).Add(genesis.FounderKey.Span).Hash();
        _ = CircleId.TryFrom(hash, out var id);
        return id;
    }

    /// <summary>
    /// SHA-256 of label, signer and body. The signature is left out: whoever makes two for one statement still made one
    /// statement. So verify first, and only then look up by id.
    /// </summary>
    public static StatementId IdOf(Signed statement)
    {
        var hash = new Transcript(Labels.StatementId).Add(statement.Signer.Span).Add(statement.Body.Span).Hash();
        _ = StatementId.TryFrom(hash, out var id);
        return id;
    }

    /// <summary>True if the signature over label ‖ 0 ‖ body is by the signer it names. False for any malformed key.</summary>
    public static bool Verify(string label, Signed signed) =>
        Ed25519Signature.Verify(
            signed.Signer.Span,
            Ed25519Signature.Labelled(label, signed.Body.Span),
            signed.Signature.Span
        );

    /// <summary>A mailbox key pair (Ed25519), random, for one relay.</summary>
    public static (byte[] PrivateKey, byte[] PublicKey, MailboxId Id) NewMailboxKey(IRandomSource random)
    {
        var seed = new byte[Ed25519Signature.SeedSize];
        random.Fill(seed);
        var publicKey = Ed25519Signature.PublicKeyOf(seed);
        return (seed, publicKey, IdOfMailbox(publicKey));
    }

    /// <summary>SHA-256 of the mailbox key, without a label: the relay computes it too, and does not have this project.</summary>
    public static MailboxId IdOfMailbox(ReadOnlySpan<byte> mailboxPublicKey)
    {
        _ = MailboxId.TryFrom(SHA256.HashData(mailboxPublicKey), out var id);
        return id;
    }

    /// <summary>What a mailbox key signs at login: <see cref="ProtocolVersions.RelayLoginLabel"/> ‖ 0 ‖ nonce ‖ mailbox id.</summary>
    public static byte[] SignRelayLogin(
        ReadOnlySpan<byte> mailboxPrivateKey,
        ReadOnlySpan<byte> nonce,
        MailboxId mailbox
    )
    {
        var body = new byte[nonce.Length + MailboxId.Size];
        nonce.CopyTo(body);
        mailbox.WriteTo(body.AsSpan(nonce.Length));
        return Ed25519Signature.Sign(
            mailboxPrivateKey,
            Ed25519Signature.PublicKeyOf(mailboxPrivateKey),
            Ed25519Signature.Labelled(ProtocolVersions.RelayLoginLabel, body)
        );
    }
}
