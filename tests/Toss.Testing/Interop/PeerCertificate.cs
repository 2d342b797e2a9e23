using System.Security.Cryptography;
using Toss.Quic;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Testing.Interop;

/// <summary>An Ed25519 key and a certificate around it for localhost, as files of OpenSSL and as a credential of ours.</summary>
public sealed class PeerCertificate
{
    /// <param name="name">Of the files in this folder.</param>
    public PeerCertificate(TemporaryFolder folder, string name)
    {
        (Key, Certificate) = (folder[name + ".key.pem"], folder[name + ".certificate.pem"]);
        RunningProgram.Run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", Key]);
        RunningProgram.Run(
            "openssl",
            [
                "req",
                "-x509",
                "-new",
                "-key",
                Key,
                "-out",
                Certificate,
                "-days",
                "30",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ]
        );
        // PKCS #8 (RFC 8410 §7) ends with the 32 bytes of the key.
        var seed = Der(Key).AsSpan()[^32..];
        Credential = TlsCredential.X509(
            TlsCredential.PublicKeyOf(seed),
            Der(Certificate),
            TlsCredential.SignWith(seed)
        );
    }

    /// <summary>A file: PEM, Ed25519.</summary>
    public string Key { get; }

    /// <summary>A file: PEM, self-signed.</summary>
    public string Certificate { get; }

    public TlsCredential Credential { get; }

    private static byte[] Der(string pem)
    {
        var text = File.ReadAllText(pem);
        return Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]);
    }
}
