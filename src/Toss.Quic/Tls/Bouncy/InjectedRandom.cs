using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls.Crypto;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>BouncyCastle's sources of randomness, fed from ours and nothing else, so that runs can be repeated.</summary>
internal sealed class InjectedRandom(IQuicRandom random) : IRandomGenerator, TlsNonceGenerator
{
    public static SecureRandom From(IQuicRandom random) => new(new InjectedRandom(random), 0);

    // Seeds are ignored: BouncyCastle makes them of the clock and of process-wide counters.
    public void AddSeedMaterial(byte[] seed) { }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed) { }

    public void AddSeedMaterial(long seed) { }

    public void NextBytes(byte[] bytes) => random.Fill(bytes);

    public void NextBytes(byte[] bytes, int start, int len) => random.Fill(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes) => random.Fill(bytes);

    public byte[] GenerateNonce(int size)
    {
        var nonce = new byte[size];
        random.Fill(nonce);
        return nonce;
    }
}
