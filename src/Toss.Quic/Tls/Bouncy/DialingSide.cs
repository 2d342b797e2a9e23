using Org.BouncyCastle.Tls;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>What our client offers, and what it makes of the answers.</summary>
internal sealed class DialingSide(LevelCrypto crypto, TlsOptions options, Handshake handshake)
    : AbstractTlsClient(crypto)
{
    // No legacy_session_id (RFC 9001 §8.4), and no extension of TLS 1.2.
    public override bool ShouldUseCompatibilityMode() => false;

    public override bool ShouldUseExtendedMasterSecret() => false;

    public override int GetMaxHandshakeMessageSize() => HandshakeMessage.MaxLength;

    public override IList<int> GetEarlyKeyShareGroups() =>
        [.. (options.KeyShares ?? options.Groups).Select(group => (int)group)];

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        var extensions = base.GetClientExtensions();
        extensions[Handshake.TransportParameters] = options.TransportParameters.ToArray();
        return extensions;
    }

    public override void ProcessServerExtensions(IDictionary<int, byte[]>? serverExtensions)
    {
        base.ProcessServerExtensions(serverExtensions);
        handshake.TakeParameters(serverExtensions);
        var chosen = m_context.SecurityParameters.ApplicationProtocol;
        handshake.TakeProtocol(chosen?.GetUtf8Decoding());
    }

    public override TlsAuthentication GetAuthentication() => new Authentication(this);

    protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.TLSv13.Only();

    protected override int[] GetSupportedCipherSuites() => [.. options.Suites.Select(suite => (int)suite)];

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) =>
        [.. options.Groups.Select(group => (int)group)];

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() =>
        [SignatureAndHashAlgorithm.ed25519];

    protected override IList<ProtocolName> GetProtocolNames() =>
        [.. options.Protocols.Select(ProtocolName.AsUtf8Encoding)];

    protected override short[]? GetAllowedClientCertificateTypes() => Handshake.CertificateTypes(options);

    protected override short[]? GetAllowedServerCertificateTypes() => Handshake.CertificateTypes(options);

    protected override CertificateStatusRequest? GetCertificateStatusRequest() => null;

    private TlsCredentials? OwnCredentials() =>
        options.Credential is { } ours ? Credentials.Signer(m_context, crypto, ours) : null;

    private void TakeServerCertificate(TlsServerCertificate shown) =>
        handshake.Peer = Credentials.Accept(shown.Certificate, options);

    private sealed class Authentication(DialingSide client) : TlsAuthentication
    {
        public void NotifyServerCertificate(TlsServerCertificate serverCertificate) =>
            client.TakeServerCertificate(serverCertificate);

        public TlsCredentials? GetClientCredentials(CertificateRequest certificateRequest) => client.OwnCredentials();
    }
}
