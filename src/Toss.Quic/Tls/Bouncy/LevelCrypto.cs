using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>
/// BouncyCastle's cryptography, but its record ciphers protect nothing: their making reveals the traffic secrets, which
/// QUIC's packet protection uses instead (RFC 9001 §4.1.4).
/// </summary>
internal sealed class LevelCrypto(IQuicRandom random, LevelCrypto.KeysMade made)
    : BcTlsCrypto(InjectedRandom.From(random))
{
    /// <summary>Gets the secrets of a level as they are made, and the random of the ClientHello, which names them in key logs.</summary>
    public delegate void KeysMade(TlsEvent.Keys keys, ReadOnlySpan<byte> clientRandom);

    private TlsLevel _level = TlsLevel.Initial;

    public override TlsNonceGenerator CreateNonceGenerator(byte[] additionalSeedMaterial) => new InjectedRandom(random);

    public override TlsNonceGenerator CreateNonceGenerator(ReadOnlySpan<byte> additionalSeedMaterial) =>
        new InjectedRandom(random);

    // Called once for the handshake's keys and once for the application's.
    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm)
    {
        var parameters = cryptoParams.SecurityParameters;
        _level = _level == TlsLevel.Initial ? TlsLevel.Handshake : TlsLevel.Application;
        // Extract consumes a secret, so it gets a copy.
        var client = AdoptSecret(parameters.TrafficSecretClient).Extract();
        var server = AdoptSecret(parameters.TrafficSecretServer).Extract();
        made(new TlsEvent.Keys(_level, (CipherSuite)parameters.CipherSuite, client, server), parameters.ClientRandom);
        return new LevelCipher(_level);
    }
}
