namespace Toss.Quic.Tls;

/// <summary>The encryption level of CRYPTO bytes and keys (RFC 9001 §2.1). There is no 0-RTT here.</summary>
internal enum TlsLevel
{
    Initial = 0,
    Handshake = 1,
    Application = 2,
}
