namespace Toss.Quic.Tls;

/// <summary>The transport error codes that the handshake can end with (RFC 9000 §20.1). Zero is no error.</summary>
internal static class TlsErrors
{
    public const ulong None = 0;

    public const ulong ProtocolViolation = 0x0a;

    public const ulong CryptoBufferExceeded = 0x0d;

    // RFC 9001 §4.8: a TLS alert becomes CRYPTO_ERROR, 0x0100 to 0x01ff.
    private const ulong CryptoError = 0x100;

    public static ulong OfAlert(short alert) => CryptoError + (byte)alert;
}
