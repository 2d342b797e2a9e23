using Org.BouncyCastle.Asn1.EdEC;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using Org.BouncyCastle.X509;
using TlsCertificateChain = Org.BouncyCastle.Tls.Certificate;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>Our credentials as BouncyCastle wants them, and the peer's as we want them.</summary>
internal static class Credentials
{
    public static TlsCredentialedSigner Signer(TlsContext context, LevelCrypto crypto, TlsCredential ours) =>
        new DefaultTlsCredentialedSigner(
            new TlsCryptoParameters(context),
            new CallbackSigner(ours.Sign),
            Chain(crypto, ours),
            SignatureAndHashAlgorithm.ed25519
        );

    /// <summary>Takes the key out of what the peer showed and asks whether it is welcome.</summary>
    public static PeerCredential Accept(TlsCertificateChain? shown, TlsOptions options)
    {
        if (shown is null || shown.IsEmpty)
        {
            throw new TlsFatalAlert(AlertDescription.certificate_required);
        }
        var peer = Read(shown);
        if (peer is null || peer.Form != options.Form)
        {
            throw new TlsFatalAlert(AlertDescription.unsupported_certificate);
        }
        return options.CheckPeer(peer) ? peer : throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }

    private static TlsCertificateChain Chain(LevelCrypto crypto, TlsCredential ours)
    {
        if (ours.Form == CredentialForm.X509)
        {
            var certificate = crypto.CreateCertificate(ours.Certificate);
            return new TlsCertificateChain(TlsUtilities.EmptyBytes, [new CertificateEntry(certificate, null)]);
        }
        var key = SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(
            new Ed25519PublicKeyParameters(ours.PublicKey)
        );
        var raw = new BcTlsRawKeyCertificate(crypto, key);
        return new TlsCertificateChain(
            CertificateType.RawPublicKey,
            TlsUtilities.EmptyBytes,
            [new CertificateEntry(raw, null)]
        );
    }

    private static PeerCredential? Read(TlsCertificateChain shown)
    {
        var leaf = shown.GetCertificateAt(0);
        if (shown.CertificateType == CertificateType.RawPublicKey)
        {
            return leaf is BcTlsRawKeyCertificate raw && KeyOf(raw.SubjectPublicKeyInfo) is { } key
                ? new PeerCredential(CredentialForm.RawPublicKey, key, [])
                : null;
        }
        var der = leaf.GetEncoded();
        return KeyOf(X509CertificateStructure.GetInstance(der).SubjectPublicKeyInfo) is { } certified
            ? new PeerCredential(CredentialForm.X509, certified, der)
            : null;
    }

    private static byte[]? KeyOf(SubjectPublicKeyInfo info)
    {
        var key = info.PublicKey.GetBytes();
        var isEd25519 = info.Algorithm.Algorithm.Equals(EdECObjectIdentifiers.id_Ed25519);
        return isEd25519 && key.Length == TlsCredential.PublicKeyLength ? key : null;
    }
}
