using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>Signs by callback: the private key does not enter BouncyCastle's TLS.</summary>
internal sealed class CallbackSigner(Ed25519Sign sign) : TlsSigner, TlsStreamSigner
{
    private readonly MemoryStream _message = new();

    public Stream Stream => _message;

    public TlsStreamSigner GetStreamSigner(SignatureAndHashAlgorithm algorithm) => this;

    // Ed25519 signs messages, not hashes.
    public byte[] GenerateRawSignature(SignatureAndHashAlgorithm algorithm, byte[] hash) =>
        throw new TlsFatalAlert(AlertDescription.internal_error);

    public byte[] GetSignature()
    {
        var signature = new byte[TlsCredential.SignatureLength];
        // By now BouncyCastle has closed the stream.
        sign(_message.ToArray(), signature);
        return signature;
    }
}
