using Toss.Crypto.Identity;
using Toss.Quic;

namespace Toss.Net.Links;

/// <summary>TLS between devices, whatever they speak above it.</summary>
internal static class LinkTls
{
    /// <param name="protocol">ALPN.</param>
    /// <param name="key">Who we are.</param>
    /// <param name="check">Whether the peer may be who it proves to be.</param>
    public static TlsOptions Options(string protocol, DeviceKey key, PeerCheck check) =>
        new()
        {
            Protocols = [protocol],
            Suites = [CipherSuite.Aes256GcmSha384, CipherSuite.ChaCha20Poly1305Sha256],
            // What is recorded today must stay closed to the machines of tomorrow; peers that cannot are not ours.
            Groups = [TlsGroup.X25519MlKem768],
            Credential = TlsCredential.RawKey(
                key.PublicKey.Span,
                (content, signature) => key.SignForTls(content, signature)
            ),
            CheckPeer = check,
        };
}
