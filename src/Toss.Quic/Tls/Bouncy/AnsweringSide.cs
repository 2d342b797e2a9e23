using Org.BouncyCastle.Tls;
using TlsCertificateChain = Org.BouncyCastle.Tls.Certificate;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>What our server accepts and demands.</summary>
internal sealed class AnsweringSide(LevelCrypto crypto, TlsOptions options, Handshake handshake)
    : AbstractTlsServer(crypto)
{
    public override int GetMaxHandshakeMessageSize() => HandshakeMessage.MaxLength;

    public override int[] GetSupportedGroups() => [.. options.Groups.Select(group => (int)group)];

    public override void ProcessClientExtensions(IDictionary<int, byte[]>? clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        handshake.TakeParameters(clientExtensions);
    }

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = base.GetServerExtensions() ?? new Dictionary<int, byte[]>();
        extensions[Handshake.TransportParameters] = options.TransportParameters.ToArray();
        return extensions;
    }

    public override void GetServerExtensionsForConnection(IDictionary<int, byte[]> serverExtensions)
    {
        // Adds the answer to ALPN.
        base.GetServerExtensionsForConnection(serverExtensions);
        handshake.TakeProtocol(TlsExtensionsUtilities.GetAlpnExtensionServer(serverExtensions)?.GetUtf8Decoding());
    }

    public override CertificateRequest? GetCertificateRequest() =>
        options.DemandsClientCredential
            ? new CertificateRequest(TlsUtilities.EmptyBytes, [SignatureAndHashAlgorithm.ed25519], null, null)
            : null;

    public override TlsCredentials GetCredentials() => Credentials.Signer(m_context, crypto, options.Credential!);

    public override void NotifyClientCertificate(TlsCertificateChain clientCertificate) =>
        handshake.Peer = Credentials.Accept(clientCertificate, options);

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

    protected override int[] GetSupportedCipherSuites() => [.. options.Suites.Select(suite => (int)suite)];

    protected override IList<ProtocolName> GetProtocolNames() =>
        [.. options.Protocols.Select(ProtocolName.AsUtf8Encoding)];

    protected override short[]? GetAllowedClientCertificateTypes() => Handshake.CertificateTypes(options);

    protected override bool AllowCertificateStatus() => false;
}
