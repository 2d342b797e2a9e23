using System.Security.Cryptography;
using Toss.Crypto.Identity;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>Stage 10: authentic, fresh, for us. Whatever is not <see cref="OpenStatus.Opened"/> leaves the sessions unchanged.</summary>
public sealed class EnvelopeOpener
{
    /// <summary>
    /// The outside of an envelope: which session it names, and its handshake if it has one. Set exactly if the status is
    /// <see cref="OpenStatus.Opened"/>, which here says only that all lengths are right.
    /// </summary>
    public static OpenStatus TryReadHeader(ReadOnlyMemory<byte> envelope, out EnvelopeOutside outside)
    {
        outside = null!;
        if (!WireReader.TryRead<Envelope>(envelope.Span, Limits.Envelope, out var parsed))
        {
            return OpenStatus.Malformed;
        }
        if (parsed.Version > ProtocolVersions.Envelope)
        {
            return OpenStatus.NewerVersion;
        }
        if (
            parsed.Version != ProtocolVersions.Envelope
            || parsed.Ciphertext.Length < Padding.Minimum + Aead.TagSize
            || !WireReader.TryRead<EnvelopeHeader>(parsed.Header.Span, Limits.Envelope, out var header)
            || !SessionId.TryFrom(header.SessionId.Span, out var session)
            || header.RatchetKey.Length != X25519KeyPair.KeySize
            || header.Salt.Length != EnvelopeSealer.SaltSize
            || (header.Handshake is { } handshake && !HasRightLengths(handshake))
        )
        {
            return OpenStatus.Malformed;
        }
        _ = EnvelopeHash.TryFrom(SHA256.HashData(envelope.Span), out var hash);
        outside = new(hash, session, header.Handshake is not null, parsed, header);
        return OpenStatus.Opened;
    }

    /// <summary>
    /// Who wrote a handshake to me: decapsulates, opens the identity and checks its signature. Membership is the
    /// caller's decision; nothing is stored here. The claim is set exactly if the status is <see cref="OpenStatus.Opened"/>.
    /// </summary>
    public static OpenStatus Identify(
        EnvelopeOutside outside,
        IReadOnlyList<PrekeyPair> prekeys,
        CircleId circle,
        DeviceId self,
        out HandshakeClaim claim
    )
    {
        claim = null!;
        if (outside.Header.Handshake is not { Public: { } part } handshake)
        {
            return OpenStatus.BadHandshake;
        }
        // 1. The named prekey, and no other: no trial decryption.
        if (prekeys.FirstOrDefault(pair => pair.Id == part.PrekeyId) is not { } prekey)
        {
            return OpenStatus.UnknownPrekey;
        }
        // 2. Both shared secrets, and what follows from them.
        Span<byte> agreement = stackalloc byte[X25519KeyPair.KeySize];
        Span<byte> kemSecret = stackalloc byte[MlKem768.SecretSize];
        if (
            !prekey.X25519.TryAgree(part.X25519.Span, agreement)
            || !MlKem768.TryDecapsulate(prekey.MlKemSeed, part.MlKemCiphertext.Span, kemSecret)
        )
        {
            return OpenStatus.BadHandshake;
        }
        using var secrets = HandshakeSecrets.Derive(part, prekey.Shared, agreement, kemSecret);
        CryptographicOperations.ZeroMemory(agreement);
        CryptographicOperations.ZeroMemory(kemSecret);
        // 3. The identity sealed under them, and its signature over everything both sides agreed on.
        if (
            secrets.Session != outside.Session
            || !secrets.TryOpenIdentity(handshake.Sealed.Span, out var identity)
            || !TryReadReplaces(identity, out var replaces)
        )
        {
            return OpenStatus.BadHandshake;
        }
        var peer = SignedStatements.IdOf(identity.DeviceKey.Span);
        using var signedPart = secrets.SignedPart(circle, peer, self);
        if (
            peer == self
            || !Ed25519Signature.Verify(identity.DeviceKey.Span, signedPart.Bytes, identity.Signature.Span)
        )
        {
            return OpenStatus.BadHandshake;
        }
        claim = new(
            peer,
            identity,
            secrets.Session,
            [.. secrets.Root],
            secrets.HandshakeHash(circle, peer, self, handshake.Sealed.Span),
            prekey,
            replaces
        );
        return OpenStatus.Opened;
    }

    /// <summary>
    /// Opens with the named session, or, given a <paramref name="claim"/>, with the session the handshake makes, which
    /// then becomes current (against my own unanswered one the smaller id wins). The claim must be this envelope's and
    /// the sessions its peer's.
    /// </summary>
    public static OpenResult Open(
        PeerSessions sessions,
        EnvelopeOutside outside,
        HandshakeClaim? claim,
        DateTimeOffset now
    )
    {
        Session session;
        if (sessions.Find(outside.Session) is { } known)
        {
            session = known.Clone();
        }
        else if (sessions.HasEnded(outside.Session))
        {
            return new(OpenStatus.Replayed, null);
        }
        else if (claim is null)
        {
            return new(OpenStatus.UnknownSession, null);
        }
        else if (claim.Session != outside.Session)
        {
            return new(OpenStatus.BadHandshake, null);
        }
        else
        {
            session = claim.Begin(now);
        }
        var status = OpenWith(session, outside, now, out var plaintext);
        if (status != OpenStatus.Opened)
        {
            session.Dispose();
            return new(status, null);
        }
        sessions.CommitOpened(session, now);
        return new(OpenStatus.Opened, plaintext);
    }

    /// <summary>Handshake hash and exact header bytes.</summary>
    internal static Transcript Associated(Session session, ReadOnlySpan<byte> header) =>
        new Transcript(Labels.Envelope).Add(session.HandshakeHash).Add(header);

    private static OpenStatus OpenWith(
        Session session,
        EnvelopeOutside outside,
        DateTimeOffset now,
        out EnvelopePlaintext? plaintext
    )
    {
        plaintext = null;
        var status = session.TryFindKey(outside.Header, now.ToUnixTimeMilliseconds(), out var messageKey);
        if (status != OpenStatus.Opened)
        {
            return status;
        }
        Span<byte> keyAndNonce = stackalloc byte[Aead.KeySize + Aead.NonceSize];
        RatchetKdf.DeriveEnvelopeKey(messageKey, outside.Header.Salt.Span, keyAndNonce);
        CryptographicOperations.ZeroMemory(messageKey);
        using var associated = Associated(session, outside.Envelope.Header.Span);
        var authentic = Aead.TryOpen(
            keyAndNonce[..Aead.KeySize],
            keyAndNonce[Aead.KeySize..],
            associated.Bytes,
            outside.Envelope.Ciphertext.Span,
            out var padded
        );
        CryptographicOperations.ZeroMemory(keyAndNonce);
        if (!authentic)
        {
            return OpenStatus.NotAuthentic;
        }
        var wellFormed = Padding.TryUnpad(padded, out var opened);
        CryptographicOperations.ZeroMemory(padded);
        if (!wellFormed)
        {
            return OpenStatus.Malformed;
        }
        session.Opened();
        plaintext = opened;
        return OpenStatus.Opened;
    }

    private static bool HasRightLengths(Handshake handshake) =>
        handshake.Public is { } part
        && part.PrekeyId.Length == PrekeyPair.IdSize
        && part.X25519.Length == X25519KeyPair.KeySize
        && part.MlKemCiphertext.Length == MlKem768.CiphertextSize
        && handshake.Sealed.Length <= HandshakeSecrets.SealedLimit;

    private static bool TryReadReplaces(HandshakeIdentity identity, out IReadOnlyList<SessionId> replaces)
    {
        var ids = new List<SessionId>();
        replaces = ids;
        // The initiator holds at most as many sessions.
        if (identity.Replaces.Count > Limits.SessionsPerPeer)
        {
            return false;
        }
        foreach (var bytes in identity.Replaces)
        {
            if (!SessionId.TryFrom(bytes.Span, out var id))
            {
                return false;
            }
            ids.Add(id);
        }
        return true;
    }
}
