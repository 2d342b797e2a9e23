namespace Toss.Quic.Wire;

/// <summary>The CRYPTO_ERROR range: TLS alerts as transport errors (RFC 9001 §4.8).</summary>
internal static class CryptoErrors
{
    public static TransportErrorCode FromAlert(byte alert) => TransportErrorCode.CryptoError + alert;

    /// <summary>False if it is no CRYPTO_ERROR.</summary>
    public static bool TryGetAlert(TransportErrorCode code, out byte alert)
    {
        alert = (byte)code;
        return code is >= TransportErrorCode.CryptoError and <= TransportErrorCode.CryptoErrorLast;
    }
}
