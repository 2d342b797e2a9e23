using Toss.Wire;

namespace Toss.Transport.Relay;

/// <summary>Who logs in at a relay. The private key stays with whoever gave <paramref name="Sign"/>.</summary>
/// <param name="PublicKey">The mailbox key, 32 bytes.</param>
/// <param name="Mailbox">SHA-256 of it.</param>
/// <param name="Token">Admission token, if the relay wants one.</param>
/// <param name="Sign">The mailbox key's signature over label ‖ 0 ‖ nonce ‖ mailbox id.</param>
public sealed record RelayLoginKey(byte[] PublicKey, MailboxId Mailbox, string? Token, RelayLoginSigner Sign)
{
    public override string ToString() => $"RelayLoginKey({Mailbox.Short})";
}

/// <summary>Signs a login for the relay's <paramref name="nonce"/>.</summary>
public delegate byte[] RelayLoginSigner(ReadOnlySpan<byte> nonce, MailboxId mailbox);
