using Toss.Wire;

namespace Toss.Crypto.Identity;

/// <summary>Checks signatures over exact bytes and names what was signed.</summary>
public static class SignedStatements
{
    /// <summary>SHA-256(label ‖ 0 ‖ public key).</summary>
    public static DeviceId IdOf(ReadOnlySpan<byte> devicePublicKey) => throw new NotImplementedException();

    public static CircleId IdOf(Genesis genesis) => throw new NotImplementedException();

    public static StatementId IdOf(Signed statement) => throw new NotImplementedException();

    /// <summary>True if the signature over label ‖ 0 ‖ body is by the signer it names. False for any malformed key.</summary>
    public static bool Verify(string label, Signed signed) => throw new NotImplementedException();

    /// <summary>A mailbox key pair (Ed25519), random, for one relay.</summary>
    public static (byte[] PrivateKey, byte[] PublicKey, MailboxId Id) NewMailboxKey(IRandomSource random) =>
        throw new NotImplementedException();

    /// <summary>What a mailbox key signs at login: <see cref="ProtocolVersions.RelayLoginLabel"/> ‖ 0 ‖ nonce ‖ mailbox id.</summary>
    public static byte[] SignRelayLogin(
        ReadOnlySpan<byte> mailboxPrivateKey,
        ReadOnlySpan<byte> nonce,
        MailboxId mailbox
    ) => throw new NotImplementedException();
}
