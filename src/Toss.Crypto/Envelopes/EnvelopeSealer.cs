using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Identity;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>Stage 5 of the path of a clip, and the only place where plaintext becomes an envelope.</summary>
public sealed class EnvelopeSealer(IRandomSource random)
{
    /// <summary>A prekey this old is not taken any more: its owner should have sent a newer Card.</summary>
    public static readonly TimeSpan PrekeyAge = TimeSpan.FromDays(14);

    internal const int SaltSize = 16;

    /// <summary>Sees the key and nonce of every envelope; for the test that none repeats.</summary>
    internal Action<ReadOnlyMemory<byte>>? KeyObserver { get; init; }

    /// <summary>
    /// Seals for one peer and advances <paramref name="sessions"/>; store them before the envelope leaves. Without a
    /// sending session this starts one against the prekey in <paramref name="peerCard"/>. Whatever is not
    /// <see cref="SealStatus.Sealed"/> leaves the sessions unchanged.
    /// </summary>
    /// <param name="peerCard">Verified by the caller, as is that it is a member's.</param>
    /// <param name="introduction">Shown in a handshake to a peer that may not hold my Card; null otherwise.</param>
    /// <param name="anyPrekey">
    /// Takes a prekey of any age: for what is no content, to a peer that could not be told of a newer Card otherwise.
    /// </param>
    public SealResult Seal(
        PeerSessions sessions,
        DeviceKey self,
        CircleId circle,
        Card peerCard,
        Introduction? introduction,
        EnvelopePlaintext plaintext,
        DateTimeOffset now,
        bool anyPrekey = false
    )
    {
        var length = plaintext.CalculateSize();
        if (length > Limits.Envelope)
        {
            return Failed(SealStatus.TooLarge);
        }
        // 1. The session, on a copy: a failure further down must leave no trace.
        Session session;
        if (sessions.Current is { } current)
        {
            session = current.Clone();
        }
        else
        {
            var status = Start(sessions, self, circle, peerCard, introduction, now, anyPrekey, out session);
            if (status != SealStatus.Sealed)
            {
                return Failed(status);
            }
        }
        // 2. The next message key of its sending chain.
        if (!session.TryNextToSeal(random, out var step))
        {
            session.Dispose();
            return Failed(SealStatus.BadPrekey);
        }
        // 3. The header, whose exact bytes are authenticated and carried.
        var salt = new byte[SaltSize];
        random.Fill(salt);
        var header = new EnvelopeHeader
        {
            SessionId = ByteString.CopyFrom(session.Id.ToBytes()),
            Handshake = session.Pending,
            RatchetKey = UnsafeByteOperations.UnsafeWrap(step.RatchetKey),
            PreviousCount = step.PreviousCount,
            Number = step.Number,
            Salt = UnsafeByteOperations.UnsafeWrap(salt),
        }.ToByteArray();
        // 4. The ciphertext.
        var padded = Padding.Pad(plaintext, length);
        var ciphertext = new byte[padded.Length + Aead.TagSize];
        Span<byte> keyAndNonce = stackalloc byte[Aead.KeySize + Aead.NonceSize];
        RatchetKdf.DeriveEnvelopeKey(step.MessageKey, salt, keyAndNonce);
        KeyObserver?.Invoke(keyAndNonce.ToArray());
        using (var associated = EnvelopeOpener.Associated(session, header))
        {
            Aead.Seal(keyAndNonce[..Aead.KeySize], keyAndNonce[Aead.KeySize..], associated.Bytes, padded, ciphertext);
        }
        CryptographicOperations.ZeroMemory(keyAndNonce);
        CryptographicOperations.ZeroMemory(step.MessageKey);
        CryptographicOperations.ZeroMemory(padded);
        var envelope = new Envelope
        {
            Version = ProtocolVersions.Envelope,
            Header = UnsafeByteOperations.UnsafeWrap(header),
            Ciphertext = UnsafeByteOperations.UnsafeWrap(ciphertext),
        }.ToByteArray();
        if (envelope.Length > Limits.Envelope)
        {
            session.Dispose();
            return Failed(SealStatus.TooLarge);
        }
        var id = session.Id;
        sessions.CommitSealed(session, now);
        return new(SealStatus.Sealed, envelope, id);
    }

    private SealStatus Start(
        PeerSessions sessions,
        DeviceKey self,
        CircleId circle,
        Card peerCard,
        Introduction? introduction,
        DateTimeOffset now,
        bool anyPrekey,
        out Session session
    )
    {
        session = null!;
        var nowMs = now.ToUnixTimeMilliseconds();
        if (
            peerCard.Prekey is not { } prekey
            || prekey.Id.Length != PrekeyPair.IdSize
            || prekey.X25519.Length != X25519KeyPair.KeySize
        )
        {
            return SealStatus.BadPrekey;
        }
        if (!anyPrekey && nowMs - prekey.CreatedAtMs >= (long)PrekeyAge.TotalMilliseconds)
        {
            return SealStatus.StalePrekey;
        }
        using var ephemeral = X25519KeyPair.Generate(random);
        Span<byte> agreement = stackalloc byte[X25519KeyPair.KeySize];
        if (
            !ephemeral.TryAgree(prekey.X25519.Span, agreement)
            || !MlKem768.TryEncapsulate(prekey.MlKem768.Span, random, out var kemCiphertext, out var kemSecret)
        )
        {
            return SealStatus.BadPrekey;
        }
        var part = new HandshakePublic
        {
            PrekeyId = prekey.Id,
            X25519 = UnsafeByteOperations.UnsafeWrap(ephemeral.PublicKey),
            MlKemCiphertext = UnsafeByteOperations.UnsafeWrap(kemCiphertext),
        };
        using var secrets = HandshakeSecrets.Derive(part, prekey, agreement, kemSecret);
        CryptographicOperations.ZeroMemory(agreement);
        CryptographicOperations.ZeroMemory(kemSecret);
        var peer = SignedStatements.IdOf(peerCard.DeviceKey.Span);
        var replaces = sessions.UnansweredIds;
        using var signedPart = secrets.SignedPart(circle, self.Id, peer);
        var identity = new HandshakeIdentity
        {
            DeviceKey = ByteString.CopyFrom(self.PublicKey.Span),
            Signature = ByteString.CopyFrom(self.SignExact(signedPart.Bytes)),
            Introduction = introduction,
        };
        identity.Replaces.AddRange(replaces.Select(id => ByteString.CopyFrom(id.ToBytes())));
        var sealedIdentity = secrets.SealIdentity(identity);
        if (sealedIdentity.Length > HandshakeSecrets.SealedLimit)
        {
            return SealStatus.TooLarge;
        }
        session = Session.Initiate(
            secrets.Session,
            [.. secrets.Root],
            secrets.HandshakeHash(circle, self.Id, peer, sealedIdentity),
            prekey,
            new Handshake { Public = part, Sealed = UnsafeByteOperations.UnsafeWrap(sealedIdentity) },
            replaces,
            nowMs
        );
        return SealStatus.Sealed;
    }

    private static SealResult Failed(SealStatus status) => new(status, [], default);
}
