using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>
/// What both sides of a handshake derive from its public part, the responder's prekey and the two shared secrets: PQXDH
/// (Signal, revision 3) with its two identity agreements replaced by a signature inside the sealed identity.
/// </summary>
internal sealed class HandshakeSecrets : IDisposable
{
    /// <summary>An introduction with a chain of sixteen Adds and a Card takes about half of this.</summary>
    public const int SealedLimit = 16 * 1024;

    private readonly byte[] _publicHash;
    private readonly byte[] _identityKey;

    private HandshakeSecrets(byte[] publicHash, byte[] root, SessionId session, byte[] identityKey)
    {
        _publicHash = publicHash;
        Root = root;
        Session = session;
        _identityKey = identityKey;
    }

    /// <summary>The first root key; who takes it owns it.</summary>
    public byte[] Root { get; }

    public SessionId Session { get; }

    public static HandshakeSecrets Derive(
        HandshakePublic part,
        Prekey prekey,
        ReadOnlySpan<byte> agreement,
        ReadOnlySpan<byte> kemSecret
    )
    {
        var publicHash = new Transcript(Labels.HandshakePublic)
            .Add(part.PrekeyId.Span)
            .Add(part.X25519.Span)
            .Add(part.MlKemCiphertext.Span)
            .Add(PrekeyHash(prekey))
            .Hash();
        Span<byte> secret = stackalloc byte[X25519KeyPair.KeySize + MlKem768.SecretSize];
        agreement.CopyTo(secret);
        kemSecret.CopyTo(secret[X25519KeyPair.KeySize..]);
        Span<byte> output = stackalloc byte[RatchetKdf.KeySize + SessionId.Size + Aead.KeySize + Aead.NonceSize];
        Kdf.Derive(secret, [], new Transcript(Labels.HandshakeKeys).Add(publicHash), output);
        var root = output[..RatchetKdf.KeySize].ToArray();
        _ = SessionId.TryFrom(output.Slice(RatchetKdf.KeySize, SessionId.Size), out var session);
        var identityKey = output[(RatchetKdf.KeySize + SessionId.Size)..].ToArray();
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(output);
        return new(publicHash, root, session, identityKey);
    }

    /// <summary>What the initiator's DeviceKey signs.</summary>
    public Transcript SignedPart(CircleId circle, DeviceId initiator, DeviceId responder) =>
        new Transcript(Labels.HandshakeSignature)
            .Add(circle.ToBytes())
            .Add(initiator.ToBytes())
            .Add(responder.ToBytes())
            .Add(_publicHash);

    public byte[] SealIdentity(HandshakeIdentity identity)
    {
        // The key seals this once: a second handshake has another ephemeral key.
        var plaintext = identity.ToByteArray();
        var sealedIdentity = new byte[plaintext.Length + Aead.TagSize];
        using var associated = Associated();
        Aead.Seal(
            _identityKey.AsSpan(0, Aead.KeySize),
            _identityKey.AsSpan(Aead.KeySize),
            associated.Bytes,
            plaintext,
            sealedIdentity
        );
        return sealedIdentity;
    }

    public bool TryOpenIdentity(ReadOnlySpan<byte> sealedIdentity, out HandshakeIdentity identity)
    {
        identity = null!;
        using var associated = Associated();
        return Aead.TryOpen(
                _identityKey.AsSpan(0, Aead.KeySize),
                _identityKey.AsSpan(Aead.KeySize),
                associated.Bytes,
                sealedIdentity,
                out var plaintext
            ) && WireReader.TryRead(plaintext, SealedLimit, out identity);
    }

    /// <summary>Stands for the whole handshake in the associated data of every message of its session.</summary>
    public byte[] HandshakeHash(
        CircleId circle,
        DeviceId initiator,
        DeviceId responder,
        ReadOnlySpan<byte> sealedIdentity
    ) =>
        new Transcript(Labels.HandshakeHash)
            .Add(circle.ToBytes())
            .Add(initiator.ToBytes())
            .Add(responder.ToBytes())
            .Add(_publicHash)
            .Add(sealedIdentity)
            .Hash();

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Root);
        CryptographicOperations.ZeroMemory(_identityKey);
    }

    private static byte[] PrekeyHash(Prekey prekey) =>
        new Transcript(Labels.PrekeyHash)
            .Add(prekey.Id.Span)
            .Add(prekey.X25519.Span)
            .Add(prekey.MlKem768.Span)
            .Add(prekey.CreatedAtMs)
            .Hash();

    private Transcript Associated() => new Transcript(Labels.HandshakeSealed).Add(_publicHash);
}
