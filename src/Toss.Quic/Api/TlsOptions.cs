namespace Toss.Quic;

/// <summary>What one handshake offers and demands. The lists are in order of preference and never empty.</summary>
public sealed record TlsOptions
{
    /// <summary>The endpoint fills it in.</summary>
    internal IQuicRandom? Random { get; init; }

    public IReadOnlyList<CipherSuite> Suites { get; init; } =
    [CipherSuite.Aes128GcmSha256, CipherSuite.Aes256GcmSha384, CipherSuite.ChaCha20Poly1305Sha256];

    public IReadOnlyList<TlsGroup> Groups { get; init; } = [TlsGroup.X25519];

    /// <summary>The groups a client sends a share for at once; null is all. Another costs a HelloRetryRequest.</summary>
    public IReadOnlyList<TlsGroup>? KeyShares { get; init; }

    /// <summary>Application protocols; one in common is required (RFC 9001 §8.1).</summary>
    public required IReadOnlyList<string> Protocols { get; init; }

    /// <summary>Our encoded transport parameters (RFC 9001 §8.2), opaque here.</summary>
    internal ReadOnlyMemory<byte> TransportParameters { get; init; }

    /// <summary>Ours. A server has one; a client without one is refused by a server that demands one.</summary>
    public TlsCredential? Credential { get; init; }

    /// <summary>The form in which both sides show their keys.</summary>
    public CredentialForm Form { get; init; } = CredentialForm.RawPublicKey;

    /// <summary>Whether a server demands the client's key. A client always demands the server's.</summary>
    public bool DemandsClientCredential { get; init; } = true;

    /// <summary>Asked once, when the peer shows its key, before it has proved to own it.</summary>
    public required PeerCheck CheckPeer { get; init; }

    /// <summary>Gets lines in the format of NSS key logs. They undo all protection: for debugging only.</summary>
    public Action<string>? KeyLog { get; init; }

    /// <summary>Throws when the caller made a mistake.</summary>
    internal void Check(bool client)
    {
        if (Suites.Count == 0 || Groups.Count == 0 || Protocols.Count == 0 || KeyShares is { Count: 0 })
        {
            throw new ArgumentException("Suites, groups, key shares and protocols may not be empty");
        }
        if (!client && Credential is null)
        {
            throw new ArgumentException("A server needs a credential");
        }
        if (Credential is not null && Credential.Form != Form)
        {
            throw new ArgumentException("The credential has another form than the handshake");
        }
    }
}
