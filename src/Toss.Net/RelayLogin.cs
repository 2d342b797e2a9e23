using System.Security.Cryptography;
using Toss.Core.Ports;
using Toss.Crypto.Identity;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>How an account becomes a login.</summary>
internal static class RelayLogin
{
    /// <summary>Who logs in with an account.</summary>
    public static RelayLoginKey Of(RelayAccount account)
    {
        _ = MailboxId.TryFrom(SHA256.HashData(account.MailboxPublicKey), out var mailbox);
        var privateKey = account.MailboxPrivateKey;
        return new RelayLoginKey(
            account.MailboxPublicKey,
            mailbox,
            account.Token,
            (nonce, id) => SignedStatements.SignRelayLogin(privateKey, nonce, id)
        );
    }

    /// <summary>True if a connection with the one serves for the other.</summary>
    public static bool AreSame(RelayAccount one, RelayAccount other) =>
        one.Relay == other.Relay
        && one.Token == other.Token
        && one.MailboxPublicKey.AsSpan().SequenceEqual(other.MailboxPublicKey);
}
