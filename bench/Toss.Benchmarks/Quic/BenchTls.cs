using System.Security.Cryptography;
using Toss.Quic;

namespace Toss.Benchmarks.Quic;

/// <summary>Both sides prove to own a raw key, and take only the other's; X25519.</summary>
internal static class BenchTls
{
    public static TlsOptions Options(CipherSuite suite, string protocol, bool isServer)
    {
        var (ours, theirs) = (Seed(isServer), Seed(!isServer));
        var expected = TlsCredential.PublicKeyOf(theirs);
        return new TlsOptions
        {
            Suites = [suite],
            Protocols = [protocol],
            Credential = TlsCredential.RawKey(TlsCredential.PublicKeyOf(ours), TlsCredential.SignWith(ours)),
            CheckPeer = peer => peer.PublicKey.AsSpan().SequenceEqual(expected),
        };
    }

    private static byte[] Seed(bool isServer) => SHA256.HashData(isServer ? "the server's key"u8 : "the other's key"u8);
}

internal sealed class SystemRandom : IQuicRandom
{
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
