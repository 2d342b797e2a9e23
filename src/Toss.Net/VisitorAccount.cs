using System.Security.Cryptography;
using System.Text;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>
/// A mailbox key is used at one relay only: another relay could pass a challenge on and log in with the answer, and two
/// could compare notes. At a peer's relay a device therefore has another key, derived from its own one, so that it is
/// the same each time. A peer there lets it in by the id that its card names.
/// </summary>
public static class VisitorAccount
{
    /// <summary>The account at <paramref name="relay"/>, derived from the one at the own relay.</summary>
    public static RelayAccount At(Uri relay, RelayAccount own)
    {
        using var derived = new DerivedSource(own.MailboxPrivateKey, relay);
        var (privateKey, publicKey, _) = SignedStatements.NewMailboxKey(derived);
        return new RelayAccount(relay, privateKey, publicKey, Token: null);
    }

    /// <summary>True if a connection with the one serves for the other.</summary>
    internal static bool AreSame(RelayAccount? one, RelayAccount? other) =>
        one is null || other is null
            ? one is null && other is null
            : one.Relay == other.Relay
                && one.Token == other.Token
                && one.MailboxPublicKey.AsSpan().SequenceEqual(other.MailboxPublicKey);

    /// <summary>Who logs in with an account.</summary>
    internal static RelayLoginKey LoginOf(RelayAccount account)
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

    /// <summary>HKDF-SHA-256 (RFC 5869) of the own key, label and relay.</summary>
    private sealed class DerivedSource : IRandomSource, IDisposable
    {
        private readonly byte[] _seed = new byte[32];
        private bool _used;

        public DerivedSource(byte[] privateKey, Uri relay) =>
            HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                privateKey,
                _seed,
                salt: [],
                Encoding.UTF8.GetBytes(ProtocolVersions.RelayVisitorLabel + '\0' + relay.AbsoluteUri)
            );

        public void Fill(Span<byte> destination)
        {
            // One key, one draw: anything else would repeat bytes.
            if (_used || destination.Length != _seed.Length)
            {
                throw new InvalidOperationException("a derived key is one draw of 32 bytes");
            }
            _used = true;
            _seed.CopyTo(destination);
        }

        public void Dispose() => CryptographicOperations.ZeroMemory(_seed);
    }
}
