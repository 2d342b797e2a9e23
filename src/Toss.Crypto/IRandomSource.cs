namespace Toss.Crypto;

/// <summary>Where all randomness of a process comes from. Tests and simulations give a seeded one.</summary>
public interface IRandomSource
{
    void Fill(Span<byte> destination);
}
