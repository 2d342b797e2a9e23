namespace Toss.Quic.Tls;

/// <summary>The suites of TLS 1.3 that QUIC may use here, with their registered numbers (RFC 8446 B.4).</summary>
internal enum TlsSuite
{
    Aes128GcmSha256 = 0x1301,
    Aes256GcmSha384 = 0x1302,
    ChaCha20Poly1305Sha256 = 0x1303,
}

/// <summary>Key exchange groups, with their registered numbers.</summary>
internal enum TlsGroup
{
    X25519 = 0x001d,

    /// <summary>X25519 and ML-KEM-768 together; its ClientHello needs two datagrams.</summary>
    X25519MlKem768 = 0x11ec,
}
