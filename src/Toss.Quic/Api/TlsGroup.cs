namespace Toss.Quic;

/// <summary>Key exchange groups, with their registered numbers.</summary>
public enum TlsGroup
{
    X25519 = 0x001d,

    /// <summary>X25519 and ML-KEM-768 together; its ClientHello needs two datagrams.</summary>
    X25519MlKem768 = 0x11ec,
}
