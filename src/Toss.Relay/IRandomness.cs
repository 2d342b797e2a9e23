using System.Security.Cryptography;

namespace Toss.Relay;

/// <summary>Where nonces and slots come from. The relay does not reference Toss.Crypto, so this is its own.</summary>
public interface IRandomness
{
    void Fill(Span<byte> destination);
}

/// <summary>The operating system's generator.</summary>
public sealed class SystemRandomness : IRandomness
{
    public static readonly SystemRandomness Instance = new();

    private SystemRandomness() { }

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
