using System.Security.Cryptography;

namespace Toss.Crypto;

/// <summary>The operating system's generator.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    public static readonly SystemRandomSource Instance = new();

    private SystemRandomSource() { }

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
