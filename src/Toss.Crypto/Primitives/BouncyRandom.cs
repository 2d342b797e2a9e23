using Org.BouncyCastle.Crypto.Prng;
using Org.BouncyCastle.Security;

namespace Toss.Crypto.Primitives;

/// <summary>Feeds BouncyCastle from our random source, and from nothing else.</summary>
internal sealed class BouncyRandom : IRandomGenerator
{
    private readonly IRandomSource _source;

    private BouncyRandom(IRandomSource source) => _source = source;

    public static SecureRandom From(IRandomSource source) => new(new BouncyRandom(source), 0);

    public void NextBytes(byte[] bytes) => _source.Fill(bytes);

    public void NextBytes(byte[] bytes, int start, int len) => _source.Fill(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes) => _source.Fill(bytes);

    // The source seeds itself.
    public void AddSeedMaterial(byte[] seed) { }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed) { }

    public void AddSeedMaterial(long seed) { }
}
