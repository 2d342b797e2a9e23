using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Testing.Relay;

/// <summary>A mailbox key made from a number, so that a failing test names the same ids each time.</summary>
public sealed class TestMailboxKey
{
    public TestMailboxKey(int seed)
    {
        Private = SHA256.HashData(Encoding.ASCII.GetBytes($"test mailbox {seed}"));
        Public = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(Private, 0, Public, 0);
        MailboxId.TryFrom(SHA256.HashData(Public), out var id);
        Id = id;
    }

    public byte[] Private { get; }

    public byte[] Public { get; }

    public MailboxId Id { get; }

    /// <summary>Signs label ‖ 0 ‖ nonce ‖ mailbox id.</summary>
    public byte[] Sign(ReadOnlySpan<byte> nonce, MailboxId mailbox)
    {
        byte[] message =
        [
            .. Encoding.ASCII.GetBytes(ProtocolVersions.RelayLoginLabel),
            0,
            .. nonce,
            .. mailbox.ToBytes(),
        ];
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(Private, 0, message, 0, message.Length, signature, 0);
        return signature;
    }

    public RelayLoginKey Login(string? token = null) => new(Public, Id, token, Sign);
}
