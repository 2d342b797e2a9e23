using Toss.Crypto;
using Toss.Quic;

namespace Toss.Net.Links;

/// <summary>The device's randomness, as Toss.Quic takes it.</summary>
internal sealed class QuicRandomness(IRandomSource random) : IQuicRandom
{
    public void Fill(Span<byte> bytes) => random.Fill(bytes);
}
