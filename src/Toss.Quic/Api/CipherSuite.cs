namespace Toss.Quic;

/// <summary>The suites of TLS 1.3 that protect packets, with their registered numbers (RFC 8446 B.4, RFC 9001 §5.3).</summary>
public enum CipherSuite
{
    Aes128GcmSha256 = 0x1301,
    Aes256GcmSha384 = 0x1302,
    ChaCha20Poly1305Sha256 = 0x1303,
}
