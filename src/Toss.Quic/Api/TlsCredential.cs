using Org.BouncyCastle.Crypto.Parameters;

namespace Toss.Quic;

/// <summary>How an Ed25519 key is shown to the peer.</summary>
public enum CredentialForm
{
    /// <summary>Nothing but the key (RFC 7250).</summary>
    RawPublicKey,

    /// <summary>A certificate around the key, for peers that know nothing else. Only its key is looked at.</summary>
    X509,
}

/// <summary>Signs with the Ed25519 key of a credential; writes 64 bytes. The key itself stays with its owner.</summary>
public delegate void Ed25519Sign(ReadOnlySpan<byte> message, Span<byte> signature);

/// <summary>Says whether the peer may be who it says it is. False ends the handshake with bad_certificate.</summary>
public delegate bool PeerCheck(PeerCredential peer);

/// <summary>The key this side proves to own.</summary>
public sealed class TlsCredential
{
    public const int PublicKeyLength = 32;
    public const int SignatureLength = 64;

    private TlsCredential(CredentialForm form, byte[] publicKey, byte[] certificate, Ed25519Sign sign)
    {
        Form = form;
        PublicKey = publicKey;
        Certificate = certificate;
        Sign = sign;
    }

    public CredentialForm Form { get; }

    public byte[] PublicKey { get; }

    /// <summary>DER; empty for a raw key.</summary>
    public byte[] Certificate { get; }

    public Ed25519Sign Sign { get; }

    public static TlsCredential RawKey(ReadOnlySpan<byte> publicKey, Ed25519Sign sign)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, PublicKeyLength);
        return new TlsCredential(CredentialForm.RawPublicKey, publicKey.ToArray(), [], sign);
    }

    /// <param name="certificate">DER of a certificate for this key. Its issuer must have a name, or BouncyCastle refuses it.</param>
    public static TlsCredential X509(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> certificate, Ed25519Sign sign)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, PublicKeyLength);
        return new TlsCredential(CredentialForm.X509, publicKey.ToArray(), certificate.ToArray(), sign);
    }

    /// <summary>Signs with a private key held in memory, which nobody can wipe from there.</summary>
    /// <param name="seed">The 32 bytes of the private key (RFC 8032 §5.1.5).</param>
    public static Ed25519Sign SignWith(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, PublicKeyLength);
        return SignWith(new Ed25519PrivateKeyParameters(seed));
    }

    /// <summary>The public key that belongs to a private one of 32 bytes.</summary>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, PublicKeyLength);
        return new Ed25519PrivateKeyParameters(seed).GeneratePublicKey().GetEncoded();
    }

    internal static Ed25519Sign SignWith(Ed25519PrivateKeyParameters key) =>
        (message, signature) =>
        {
            // RFC 8032: Ed25519 without context; deterministic, so it takes no random bytes.
            var bytes = message.ToArray();
            var signed = new byte[SignatureLength];
            key.Sign(
                Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Algorithm.Ed25519,
                null,
                bytes,
                0,
                bytes.Length,
                signed,
                0
            );
            signed.CopyTo(signature);
        };
}

/// <summary>The key that the peer showed, and proved to own once the handshake is complete.</summary>
/// <param name="PublicKey">32 bytes, Ed25519.</param>
/// <param name="Certificate">DER; empty for a raw key.</param>
public sealed record PeerCredential(CredentialForm Form, byte[] PublicKey, byte[] Certificate);
