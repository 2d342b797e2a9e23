using Toss.Quic;

namespace Toss.Tests.Quic.Tls;

/// <summary>Repeats itself: bytes from a seed.</summary>
internal sealed class SeededRandom(int seed) : IQuicRandom
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
}
