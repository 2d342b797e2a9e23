using Org.BouncyCastle.Tls;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>What became known of the peer while BouncyCastle called us back.</summary>
internal sealed class Handshake
{
    /// <summary>The extension quic_transport_parameters (RFC 9001 §8.2).</summary>
    public const int TransportParameters = 0x39;

    public byte[]? PeerParameters { get; private set; }

    public string? Protocol { get; private set; }

    public PeerCredential? Peer { get; set; }

    /// <summary>For the certificate type extensions; null is X.509 alone, which is said by not sending them.</summary>
    public static short[]? CertificateTypes(TlsOptions options) =>
        options.Form == CredentialForm.RawPublicKey ? [CertificateType.RawPublicKey] : null;

    public void TakeParameters(IDictionary<int, byte[]>? extensions)
    {
        if (extensions is null || !extensions.TryGetValue(TransportParameters, out var parameters))
        {
            // RFC 9001 §8.2: an endpoint that gets none must end the handshake so.
            throw new TlsFatalAlert(AlertDescription.missing_extension);
        }
        PeerParameters = parameters;
    }

    // RFC 9001 §8.1: no protocol in common, no connection.
    public void TakeProtocol(string? protocol) =>
        Protocol = protocol ?? throw new TlsFatalAlert(AlertDescription.no_application_protocol);
}
