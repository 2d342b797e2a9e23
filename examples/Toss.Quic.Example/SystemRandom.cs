using System.Security.Cryptography;
using Toss.Quic;

namespace Example;

/// <summary>The library draws no randomness of its own: this is where it comes from.</summary>
internal sealed class SystemRandom : IQuicRandom
{
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
