using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Toss.Wire;

namespace Toss.Relay.Routing;

/// <summary>
/// The one signature the relay checks: Ed25519 over label ‖ 0 ‖ nonce ‖ mailbox id, by the key whose SHA-256 the mailbox
/// id is. The nonce is this connection's, so a recorded login is worth nothing.
/// </summary>
internal static class LoginCheck
{
    public const int NonceSize = 32;

    private static readonly byte[] Label = [.. Encoding.ASCII.GetBytes(ProtocolVersions.RelayLoginLabel), 0];

    public static bool TryVerify(RelayLogin login, ReadOnlySpan<byte> nonce, out MailboxId mailbox)
    {
        mailbox = default;
        if (
            login.MailboxKey.Length != Ed25519.PublicKeySize
            || login.Signature.Length != Ed25519.SignatureSize
            || nonce.Length != NonceSize
        )
        {
            return false;
        }
        MailboxId.TryFrom(SHA256.HashData(login.MailboxKey.Span), out mailbox);
        byte[] message = [.. Label, .. nonce, .. mailbox.ToBytes()];
        return Ed25519.Verify(
            login.Signature.ToByteArray(),
            0,
            login.MailboxKey.ToByteArray(),
            0,
            message,
            0,
            message.Length
        );
    }
}
