using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Toss.Crypto.Primitives;

/// <summary>X25519 (RFC 7748). A result of all zeros (§6.1: a peer's point of small order) is refused.</summary>
internal sealed class X25519KeyPair : IDisposable
{
    public const int KeySize = 32;

    private readonly byte[] _privateKey;

    private X25519KeyPair(byte[] privateKey)
    {
        _privateKey = privateKey;
        PublicKey = new byte[KeySize];
        X25519.ScalarMultBase(privateKey, PublicKey);
    }

    public byte[] PublicKey { get; }

    public ReadOnlySpan<byte> PrivateKey => _privateKey;

    public static X25519KeyPair Generate(IRandomSource random)
    {
        var privateKey = new byte[KeySize];
        random.Fill(privateKey);
        return new(privateKey);
    }

    public static X25519KeyPair Import(ReadOnlySpan<byte> privateKey) => new(privateKey.ToArray());

    /// <summary>False if the peer's key has the wrong length or gives all zeros.</summary>
    public bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> secret) => TryAgree(_privateKey, peer, secret);

    public static bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peer, Span<byte> secret)
    {
        secret.Clear();
        // CalculateAgreement looks at all bytes before it says whether they are zero.
        return peer.Length == KeySize && X25519.CalculateAgreement(privateKey, peer, secret);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);
}
